"""The dashboard as its owner sees it."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.shop.accounts.schemas import OwnAccount
from app.shop.catalog.schemas import Category


class RecentOrder(BaseModel):
    """An order in short."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: int = Field(examples=[1])
    number: str = Field(examples=["536365"])
    status: Literal["completed", "cancelled"]
    placed_at: datetime = Field(examples=["2010-12-01T08:26:00Z"])
    lines: int = Field(examples=[7])
    """How many lines it has."""
    total: Decimal = Field(examples=["139.12"])


class Statistics(BaseModel):
    """The account's orders in numbers."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    orders: int = Field(examples=[34])
    """Completed ones; a cancellation is an order of its own and not counted."""
    total_spent: Decimal = Field(examples=["5391.21"])
    """Less what was returned or cancelled."""
    first_order_at: datetime | None = Field(examples=["2010-12-01T08:26:00Z"])
    """Of the completed ones; null without any."""
    last_order_at: datetime | None = Field(examples=["2011-11-30T17:37:00Z"])
    favourite_category: Category | None
    """On which most was spent; null where nothing was."""


class NotifiedPost(BaseModel):
    id: int = Field(examples=[1])
    title: str = Field(examples=["A cup for every day"])


class Commenter(BaseModel):
    id: int = Field(examples=[2])
    full_name: str = Field(examples=["Robin Test"])


class Notification(BaseModel):
    """Someone else's comment on a post of the account."""

    id: int = Field(examples=[1])
    body: str = Field(examples=["Mine arrived within two days."])
    created_at: datetime = Field(examples=["2011-12-09T12:50:00Z"])
    author: Commenter
    post: NotifiedPost


class Dashboard(BaseModel):
    """An account at a glance. Its parts are read at the same time, not at the same instant."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    account: OwnAccount
    recent_orders: list[RecentOrder]
    """At most five, newest first."""
    statistics: Statistics
    notifications: list[Notification]
    """At most ten, newest first."""
