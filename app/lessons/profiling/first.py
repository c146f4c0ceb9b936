"""The functions of the page in their first version. Some of them were rewritten for the second."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.lessons.profiling.carrier import Carrier

Row = dict[str, Any]

_NAME = re.compile(r"(.*) ?(.*) ?(.*) ?##")
_SKU = re.compile(r"([^#]*)#")
_COUNTRY = re.compile(r"([^(]*)\(")


async def newest_orders(session: AsyncSession, limit: int) -> list[Row]:
    query = text(
        "SELECT id, number, account_id, country, status, placed_at FROM orders "
        "ORDER BY id DESC LIMIT :limit"
    )
    return [dict(row) for row in (await session.execute(query, {"limit": limit})).mappings()]


async def lines_of(session: AsyncSession, order_ids: Sequence[int]) -> list[Row]:
    query = text(
        "SELECT id, order_id, product_id, quantity, unit_price FROM order_lines "
        "WHERE order_id::text = ANY(:ids) ORDER BY id"
    )
    ids = [str(order_id) for order_id in order_ids]
    return [dict(row) for row in (await session.execute(query, {"ids": ids})).mappings()]


async def products_of(session: AsyncSession, product_ids: Sequence[int]) -> list[Row]:
    query = text("SELECT id, sku, name FROM products WHERE id = ANY(:ids)")
    ids = list(product_ids)
    return [dict(row) for row in (await session.execute(query, {"ids": ids})).mappings()]


def product_ids(lines: Sequence[Row]) -> list[int]:
    found: list[int] = []
    for line in lines:
        if sum(known == line["product_id"] for known in found) == 0:
            found.append(line["product_id"])
    return found


def attach_products(lines: Sequence[Row], products: Sequence[Row]) -> None:
    for line in lines:
        line["product"] = next(one for one in products if _is_of(line, one))


def _is_of(line: Row, product: Row) -> bool:
    sold: bool = product["id"] == line["product_id"]
    return sold


def attach_lines(orders: Sequence[Row], lines: Sequence[Row]) -> None:
    by_order: dict[int, list[Row]] = {order["id"]: [] for order in orders}
    for line in lines:
        by_order[line["order_id"]].append(line)
    for order in orders:
        order["lines"] = by_order[order["id"]]


def clean_name(name: str) -> str:
    """Without the remark that some suppliers append: ``Red mug ##sold out``."""
    found = _NAME.match(name)
    return "".join(found.groups()).rstrip() if found else name


def clean_sku(sku: str) -> str:
    """Without the shelf that the warehouse appends: ``85123A#12``."""
    found = _SKU.match(sku)
    return found[1] if found else sku


def clean_country(country: str) -> str:
    """Without the code that an old import appended: ``France (FR)``."""
    found = _COUNTRY.match(country)
    return found[1].rstrip() if found else country


async def delivery_days(carrier: Carrier, country: str) -> str:
    return carrier.ask("delivery days", country)


async def exchange_rate(carrier: Carrier, country: str) -> str:
    return await asyncio.to_thread(carrier.ask, "exchange rate", country)


async def tax_rate(carrier: Carrier, country: str) -> str:
    return carrier.ask("tax rate", country)
