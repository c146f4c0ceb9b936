"""A competent program without a framework: columns from the driver, JSON by orjson."""

from typing import TYPE_CHECKING

import asyncpg
import orjson
from starlette.types import Scope

from benchmarks.shop.arms.bare import Answer, Bare, Pool, limit, product_id, wants_orders

_ONE = """
    SELECT id, sku, name, description, price::text AS price, category_id
    FROM products WHERE id = $1
"""
_NEWEST = """
    SELECT id, number, account_id, country, status, placed_at
    FROM orders ORDER BY id DESC LIMIT $1
"""
_LINES = """
    SELECT line.order_id, line.id, line.quantity, line.unit_price::text AS unit_price,
           product.id AS product_id, product.sku, product.name
    FROM order_lines AS line JOIN products AS product ON product.id = line.product_id
    WHERE line.order_id = ANY($1) ORDER BY line.id
"""

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy


def pooled() -> Bare:
    return Bare(_make)


async def _make(pool: Pool) -> Answer:
    async def answer(scope: Scope) -> bytes | None:
        async with pool.acquire() as connection:
            if wants_orders(scope):
                return await _orders(connection, limit(scope))
            row = await connection.fetchrow(_ONE, product_id(scope))
        return None if row is None else orjson.dumps(dict(row))

    return answer


async def _orders(connection: "PoolConnectionProxy[asyncpg.Record]", count: int) -> bytes:
    orders = {row["id"]: {**row, "lines": []} for row in await connection.fetch(_NEWEST, count)}
    for line in await connection.fetch(_LINES, list(orders)):
        orders[line["order_id"]]["lines"].append(
            {
                "id": line["id"],
                "quantity": line["quantity"],
                "unit_price": line["unit_price"],
                "product": {"id": line["product_id"], "sku": line["sku"], "name": line["name"]},
            }
        )
    return orjson.dumps(list(orders.values()), option=orjson.OPT_UTC_Z)
