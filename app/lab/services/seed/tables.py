"""The rows of every table, generated from the data set."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.lab.services.seed.accounts import AccountRow, Customer, account_rows
from app.lab.services.seed.catalog import (
    CategoryRow,
    ProductRow,
    category_rows,
    collect_traits,
    product_rows,
)
from app.lab.services.seed.comments import CommentRow, comment_rows, remarks
from app.lab.services.seed.orders import (
    Invoice,
    OrderLineRow,
    OrderRow,
    collect_invoices,
    order_line_rows,
    order_rows,
)
from app.lab.services.seed.reviews import Occasion, PostRow, occasions, post_rows
from app.lab.services.seed.rules import drop_reason
from app.lab.services.seed.source import SourceLine, read_source

COLUMNS = {
    "categories": ("id", "name"),
    "products": ("id", "sku", "name", "description", "price", "category_id", "created_at"),
    "accounts": (
        "id", "email", "full_name", "country", "password_hash", "scopes", "created_at",
    ),
    "orders": ("id", "number", "account_id", "country", "status", "placed_at"),
    "order_lines": ("id", "order_id", "product_id", "quantity", "unit_price"),
    "posts": ("id", "author_id", "product_id", "title", "body", "rating", "created_at"),
    "comments": ("id", "post_id", "author_id", "body", "created_at"),
}  # fmt: skip
"""Tables in the order in which they can be filled, with their columns."""


@dataclass
class Tables:
    """The contents of the database. Each table is generated on first use."""

    customers: list[Customer]
    products: list[ProductRow]
    invoices: list[Invoice]
    dropped: Counter[str]
    """The number of rows that each rule dropped."""

    product_ids: dict[str, int] = field(init=False)
    account_ids: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.product_ids = {code: number for number, code, *_ in self.products}
        self.account_ids = {
            customer.number: number for number, customer in enumerate(self.customers, start=1)
        }

    def rows(self, table: str) -> Iterable[tuple[Any, ...]]:
        """The rows of one table, in order of ID."""
        rows: Iterable[tuple[Any, ...]] = getattr(self, table)
        return rows

    @cached_property
    def categories(self) -> list[CategoryRow]:
        return category_rows()

    @cached_property
    def accounts(self) -> list[AccountRow]:
        return account_rows(self.customers)

    @property
    def orders(self) -> Iterable[OrderRow]:
        return order_rows(self.invoices, self.account_ids)

    @property
    def order_lines(self) -> Iterable[OrderLineRow]:
        return order_line_rows(self.invoices, self.product_ids)

    @cached_property
    def posts(self) -> list[PostRow]:
        names = [product[2] for product in self.products]
        return list(post_rows(self._occasions, names))

    @cached_property
    def comments(self) -> list[CommentRow]:
        return list(comment_rows(remarks(self._occasions, self.invoices, self.account_ids)))

    @cached_property
    def _occasions(self) -> list[Occasion]:
        return occasions(self.invoices, self.account_ids, self.product_ids)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Disable garbage collection while half a million tuples are created, none in a cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def build_tables() -> Tables:
    """Read the data set and apply the rules."""
    with collector_paused():
        return apply_rules(read_source())


def apply_rules(source: Iterable[SourceLine]) -> Tables:
    kept: list[SourceLine] = []
    dropped: Counter[str] = Counter()
    customers: dict[str, Customer] = {}
    for line in source:
        if line.customer and line.customer not in customers:
            customers[line.customer] = Customer(line.customer, line.country, line.invoiced_at)
        reason = drop_reason(line)
        if reason is None:
            kept.append(line)
        else:
            dropped[reason] += 1
    chronological = sorted(customers.values(), key=lambda customer: customer.first_seen)
    return Tables(
        chronological, product_rows(collect_traits(kept)), collect_invoices(kept), dropped
    )
