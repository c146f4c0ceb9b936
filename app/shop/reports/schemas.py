"""Schemas of reports."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class MonthlySales(BaseModel):
    """The sales of one category in one month (UTC)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    month: str = Field(pattern="^[0-9]{4}-[0-9]{2}$", examples=["2010-12"])
    category_id: int = Field(examples=[1])
    category: str = Field(examples=["Kitchen"])
    revenue: Decimal = Field(examples=["25191.60"])
    """Net of returns and cancellations."""
    lines: int = Field(examples=[4211])
    orders: int = Field(examples=[1203])
    """Orders with at least one such line; a cancellation is a separate order."""
