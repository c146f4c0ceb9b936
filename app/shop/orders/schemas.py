"""Orders as the API shows them."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict


class OrderedProduct(BaseModel):
    """What an order line says of its product."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    sku: str
    name: str


class OrderLine(BaseModel):
    """One product on one order. The quantity of a return is negative."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    quantity: int
    unit_price: Decimal
    product: OrderedProduct


class Order(BaseModel):
    """One invoice with its lines, in the order they were entered."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    number: str
    account_id: int | None
    """Null for a guest."""
    country: str
    status: Literal["completed", "cancelled"]
    placed_at: datetime
    lines: list[OrderLine]
