"""Schemas of orders."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.shop.fields import Id


class OrderedProduct(BaseModel):
    """The product of an order line."""

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

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 21710,
                    "number": "W21710",
                    "account_id": 1,
                    "country": "United Kingdom",
                    "status": "completed",
                    "placed_at": "2011-12-09T12:50:00Z",
                    "lines": [
                        {
                            "id": 523_000,
                            "quantity": 6,
                            "unit_price": "2.55",
                            "product": {
                                "id": 1,
                                "sku": "85123A",
                                "name": "White hanging heart T-light holder",
                            },
                        }
                    ],
                }
            ]
        },
    )

    id: int
    number: str
    account_id: int | None
    """Null for a guest's order."""
    country: str
    status: Literal["completed", "cancelled"]
    placed_at: datetime
    lines: list[OrderLine]


class NewOrderLine(BaseModel):
    """A quantity of one product, at its current price."""

    model_config = ConfigDict(extra="forbid")

    product_id: Id
    quantity: Annotated[int, Field(ge=1, le=10_000)]


class NewOrder(BaseModel):
    """A new order."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"lines": [{"product_id": 1, "quantity": 6}, {"product_id": 2, "quantity": 1}]}
            ]
        },
    )

    lines: Annotated[list[NewOrderLine], Field(min_length=1, max_length=200)]
