"""Schemas of the dashboard."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.shop.accounts.schemas import OwnAccount
from app.shop.catalog.schemas import Category


class RecentOrder(BaseModel):
    """A summary of an order."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: int = Field(examples=[1])
    number: str = Field(examples=["536365"])
    status: Literal["completed", "cancelled"]
    placed_at: datetime = Field(examples=["2010-12-01T08:26:00Z"])
    lines: int = Field(examples=[7])
    """The number of its order lines."""
    total: Decimal = Field(examples=["139.12"])


class Statistics(BaseModel):
    """Totals over the account's orders."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    orders: int = Field(examples=[34])
    """Completed orders only; a cancellation is a separate order and not counted."""
    total_spent: Decimal = Field(examples=["5391.21"])
    """Net of returns and cancellations."""
    first_order_at: datetime | None = Field(examples=["2010-12-01T08:26:00Z"])
    """Completed orders only; null if there are none."""
    last_order_at: datetime | None = Field(examples=["2011-11-30T17:37:00Z"])
    favourite_category: Category | None
    """The category with the highest spending; null if there is none."""


class NotifiedPost(BaseModel):
    id: int = Field(examples=[1])
    title: str = Field(examples=["A cup for every day"])


class Commenter(BaseModel):
    id: int = Field(examples=[2])
    full_name: str = Field(examples=["Robin Test"])


class Notification(BaseModel):
    """A comment by another account on one of the account's posts."""

    id: int = Field(examples=[1])
    body: str = Field(examples=["Mine arrived within two days."])
    created_at: datetime = Field(examples=["2011-12-09T12:50:00Z"])
    author: Commenter
    post: NotifiedPost


class Dashboard(BaseModel):
    """An account at a glance. All of its parts are from the same moment."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    account: OwnAccount
    recent_orders: list[RecentOrder]
    """At most five, newest first."""
    statistics: Statistics
    notifications: list[Notification]
    """At most ten, newest first."""
