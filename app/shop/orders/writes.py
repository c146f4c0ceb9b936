"""Placing orders: two statements, regardless of the number of lines."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.errors import Invalid
from app.shop.orders.queries import ONE
from app.shop.orders.schemas import NewOrderLine

# All prices come from the snapshot of this statement. Line ids follow the order of the request. An
# order number of W and the id cannot clash with an invoice number of the data set.
_PLACE = text("""
    WITH wanted AS (
        SELECT line.position, line.product_id, line.quantity, product.price
        FROM unnest(CAST(:products AS int[]), CAST(:quantities AS int[]))
             WITH ORDINALITY AS line (product_id, quantity, position)
        LEFT JOIN products AS product ON product.id = line.product_id
    ), placed AS (
        INSERT INTO orders (id, number, account_id, country, status, placed_at)
        SELECT new.id, 'W' || new.id, CAST(:account AS int),
               (SELECT country FROM accounts WHERE id = :account), 'completed', now()
        FROM (SELECT nextval(pg_get_serial_sequence('orders', 'id')) AS id) AS new
        RETURNING id
    ), entered AS (
        INSERT INTO order_lines (order_id, product_id, quantity, unit_price)
        SELECT placed.id, wanted.product_id, wanted.quantity, wanted.price
        FROM placed, wanted WHERE wanted.price IS NOT NULL ORDER BY wanted.position
    )
    SELECT placed.id,
           (SELECT min(position) FROM wanted WHERE price IS NULL) - 1 AS unknown_line
    FROM placed
""")


async def place_order(
    session: AsyncSession, account_id: int, lines: Sequence[NewOrderLine]
) -> tuple[int, str]:
    """The new order's id and JSON. Raises ``Invalid`` for the first unknown product."""
    values = {
        "account": account_id,
        "products": [line.product_id for line in lines],
        "quantities": [line.quantity for line in lines],
    }
    placed = (await session.execute(_PLACE, values)).one()
    if placed.unknown_line is not None:
        product = lines[placed.unknown_line].product_id
        where = f"body.lines.{placed.unknown_line}.product_id"
        raise Invalid(where, f"There is no product {product}.")
    connection = await session.connection()
    body: str = (await connection.exec_driver_sql(ONE, (placed.id,))).scalar_one()
    return placed.id, body
