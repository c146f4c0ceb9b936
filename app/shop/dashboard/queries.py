"""Queries for the parts of the dashboard: one statement each, serialized to JSON by PostgreSQL."""

from app.shop.database import Database
from app.shop.json_sql import fetch_json, json_list, json_object, utc

_RECENT_ORDERS = json_list(
    f"""
    SELECT id, number, status, {utc("placed_at")} AS placed_at, sums.lines, sums.total
    FROM (SELECT * FROM orders WHERE account_id = $1 ORDER BY id DESC LIMIT 5) AS recent
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines, coalesce(sum(quantity * unit_price), 0.00)::text AS total
        FROM order_lines WHERE order_id = recent.id
    ) AS sums
    """,
    "id DESC",
)
_STATISTICS = json_object(f"""
    WITH own AS MATERIALIZED (
        SELECT id, status, placed_at FROM orders WHERE account_id = $1
    ), spent AS MATERIALIZED (
        SELECT product.category_id, sum(line.quantity * line.unit_price) AS amount
        FROM own
        JOIN order_lines AS line ON line.order_id = own.id
        JOIN products AS product ON product.id = line.product_id
        GROUP BY product.category_id
    ), favourite AS (
        SELECT category.id, category.name
        FROM spent JOIN categories AS category ON category.id = spent.category_id
        WHERE spent.amount > 0 ORDER BY spent.amount DESC, category.id LIMIT 1
    )
    SELECT count(*) AS orders,
           (SELECT coalesce(sum(amount), 0.00)::text FROM spent) AS total_spent,
           {utc("min(placed_at)")} AS first_order_at,
           {utc("max(placed_at)")} AS last_order_at,
           (SELECT favourite FROM favourite) AS favourite_category
    FROM own WHERE status = 'completed'
""")
_NOTIFICATIONS = json_list(
    f"""
    SELECT comment.id, comment.body, {utc("comment.created_at")} AS created_at,
           (SELECT shown FROM (SELECT writer.id, writer.full_name) AS shown) AS author,
           (SELECT shown FROM (SELECT post.id, post.title) AS shown) AS post
    FROM posts AS post
    JOIN comments AS comment ON comment.post_id = post.id
    JOIN accounts AS writer ON writer.id = comment.author_id
    WHERE post.author_id = $1 AND comment.author_id <> $1
    ORDER BY comment.id DESC LIMIT 10
    """,
    "id DESC",
)


async def recent_orders(database: Database, account_id: int) -> str:
    return await fetch_json(database, _RECENT_ORDERS, account_id)


async def order_statistics(database: Database, account_id: int) -> str:
    return await fetch_json(database, _STATISTICS, account_id)


async def notifications(database: Database, account_id: int) -> str:
    """The latest comments by others on the account's posts."""
    return await fetch_json(database, _NOTIFICATIONS, account_id)
