"""Queries for orders. PostgreSQL serializes the response: one statement returns one JSON value."""

from app.shop.database import Database
from app.shop.fields import MAX_ID
from app.shop.json_sql import fetch_json, find_json, json_array, json_list, json_object, utc

_LINES = """
    SELECT line.id, line.quantity, line.unit_price::text AS unit_price,
           (SELECT shown FROM (SELECT product.id, product.sku, product.name) AS shown) AS product
    FROM order_lines AS line JOIN products AS product ON product.id = line.product_id
    WHERE line.order_id = orders.id
"""
_ORDERS = f"""
    SELECT id, number, account_id, country, status, {utc("placed_at")} AS placed_at,
           {json_array(_LINES)} AS lines
    FROM orders
"""
NEWEST = json_list(f"{_ORDERS} WHERE id < $1::bigint ORDER BY id DESC LIMIT $2", "id DESC")
ONE = json_object(f"{_ORDERS} WHERE id = $1")


async def newest_orders(database: Database, limit: int, before: int | None = None) -> str:
    """A JSON array of at most ``limit`` orders with ids below ``before``, newest first."""
    before = MAX_ID + 1 if before is None else before
    return await fetch_json(database, NEWEST, before, limit)


async def find_order(database: Database, order_id: int) -> str | None:
    """The order as a JSON object, or ``None``."""
    return await find_json(database, ONE, order_id)
