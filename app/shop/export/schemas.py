"""The schema of exported rows."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field


class ExportedLine(BaseModel):
    """One product on one order. Returns and cancellations have negative quantities and totals."""

    order_number: str = Field(examples=["536365"])
    placed_at: datetime = Field(examples=["2010-12-01T08:26:00Z"])
    country: str = Field(examples=["United Kingdom"])
    sku: str = Field(examples=["85123A"])
    product_name: str = Field(examples=["White Hanging Heart T-Light Holder"])
    quantity: int = Field(examples=[6])
    unit_price: Decimal = Field(examples=["2.55"])
    line_total: Decimal = Field(examples=["15.30"])
