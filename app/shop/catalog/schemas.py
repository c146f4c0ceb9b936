"""Schemas of products and categories."""

from decimal import Decimal
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    JsonValue,
    StringConstraints,
    with_config,
)
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict

from app.shop.fields import WITHOUT_NUL, Id

MAX_BULK = 10_000
"""Products in one request."""

MAX_PRICES = 5_000
"""Price changes in one request."""

_PRODUCT: dict[str, JsonValue] = {
    "sku": "85123A",
    "name": "White hanging heart T-light holder",
    "description": "Holds one tea light. Hangs from its own ribbon.",
    "price": "2.55",
    "category_id": 3,
}

Sku = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=WITHOUT_NUL),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=WITHOUT_NUL),
]
Description = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=10_000, pattern=WITHOUT_NUL)
]
Price = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
"""The range of ``numeric(10, 2)``: up to 99999999.99."""


class Product(BaseModel):
    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"examples": [{"id": 1, **_PRODUCT}]}
    )

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
    """The ``after`` of the next page; null on the last page."""


# A dataclass with slots is one object for the garbage collector, a model is three. That matters for
# bulk requests with ten thousand of them.
@dataclass(
    slots=True,
    kw_only=True,
    config=ConfigDict(extra="forbid", json_schema_extra={"examples": [_PRODUCT]}),
)
class NewProduct:
    """A new product. Its sku must be unique."""

    sku: Sku
    name: Name
    description: Description = ""
    price: Price
    category_id: Id


@with_config(ConfigDict(extra="forbid", json_schema_extra={"examples": [{"price": "2.95"}]}))
class ProductChange(TypedDict, total=False):
    """Changes to a product. Omitted fields stay as they are; no field can be null."""

    sku: Sku
    name: Name
    description: Description
    price: Price
    category_id: Id


# Validation stops at the first invalid product, since the error need not list all of them.
NewProducts = Annotated[list[NewProduct], FailFast(), Field(min_length=1, max_length=MAX_BULK)]


@dataclass(
    slots=True,
    kw_only=True,
    config=ConfigDict(extra="forbid", json_schema_extra={"examples": [{"id": 1, "price": "2.95"}]}),
)
class PriceChange:
    """The new price of one product."""

    id: Id
    price: Price


PriceChanges = Annotated[list[PriceChange], FailFast(), Field(min_length=1, max_length=MAX_PRICES)]


class ProductsCreated(BaseModel):
    """The new products."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 2, "ids": [3666, 3667]}]})

    count: int
    ids: list[int]
    """In the order of the request."""


class PricesChanged(BaseModel):
    """The outcome of price changes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 2}]})

    count: int
    """The number of products that were named, including those that had that price already."""


class Category(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
