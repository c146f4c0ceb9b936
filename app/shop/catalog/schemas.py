"""Products and categories as the API shows them."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Product(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    sku: str
    name: str
    description: str
    price: Decimal
    category_id: int


class ProductPage(BaseModel):
    """Products in the order of their ids."""

    items: list[Product]
    next: int | None
    """The ``after`` of the next page; null on the last one."""


class Category(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
