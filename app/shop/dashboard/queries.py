"""The dashboard in one statement, serialized to JSON by PostgreSQL.

Its parts are independent of each other. As statements of their own they would take a connection
each, or a round trip each; and they would not show the data as of the same moment.
"""

from app.shop.accounts.authorization import EVERYONE
from app.shop.accounts.queries import OWN_ACCOUNT
from app.shop.database import Database
from app.shop.json_sql import find_json, json_array, json_object, json_row, utc

RECENT_ORDERS = json_array(
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
STATISTICS = json_row(f"""
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
NOTIFICATIONS = json_array(
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
"""The latest comments by others on the account's posts."""
_DASHBOARD = json_object(f"""
    SELECT account, {RECENT_ORDERS} AS recent_orders, {STATISTICS} AS statistics,
           {NOTIFICATIONS} AS notifications
    FROM ({OWN_ACCOUNT}) AS account
""")


async def find_dashboard(database: Database, account_id: int) -> str | None:
    """The dashboard of the account as a JSON object, or ``None`` if there is no such account."""
    return await find_json(database, _DASHBOARD, account_id, sorted(EVERYONE))
