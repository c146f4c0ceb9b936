"""Queries for the reports."""

from datetime import datetime

from app.shop.database import Database
from app.shop.json_sql import fetch_json, json_list
from app.shop.reports.two_parts import Part


def _sales(condition: str) -> str:
    """The statement for the sales of the orders that match ``condition``.

    Lines are aggregated by order first, so that counting orders does not require sorting all lines.
    """
    return json_list(
        f"""
        SELECT month, category_id, name AS category, revenue::text, lines, orders
        FROM (
            SELECT to_char(placed_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, category_id,
                   sum(revenue) AS revenue, sum(lines)::bigint AS lines, count(*) AS orders
            FROM (
                SELECT sale.placed_at, product.category_id, count(*) AS lines,
                       sum(line.quantity * line.unit_price) AS revenue
                FROM orders AS sale
                JOIN order_lines AS line ON line.order_id = sale.id
                JOIN products AS product ON product.id = line.product_id
                WHERE {condition}
                GROUP BY sale.id, product.category_id
            ) AS part
            GROUP BY month, category_id
        ) AS sold
        JOIN categories AS category ON category.id = sold.category_id
        """,
        "month, item.category_id",
    )


_PARTS: tuple[Part, ...] = ("<", ">=")
_EVERYWHERE = {part: _sales(f"sale.placed_at {part} $1") for part in _PARTS}
_COUNTRY = {part: _sales(f"sale.placed_at {part} $1 AND sale.country = $2") for part in _PARTS}


async def sales(database: Database, country: str | None, part: Part, month: datetime) -> str:
    """A JSON array of the sales by month and category, of one country or all, before or since the
    beginning of ``month``."""
    if country is None:
        return await fetch_json(database, _EVERYWHERE[part], month)
    return await fetch_json(database, _COUNTRY[part], month, country)
