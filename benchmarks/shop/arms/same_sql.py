"""The shop's own statements, run by the driver alone."""

from typing import cast

from starlette.types import Scope

from app.shop.catalog.queries import find_product
from app.shop.database import Database
from app.shop.fields import MAX_ID
from app.shop.orders.queries import newest_orders
from benchmarks.shop.arms.bare import Answer, Bare, Pool, limit, product_id, wants_orders


def pooled() -> Bare:
    """As asyncpg is used by default."""
    return Bare(_make)


def unreset() -> Bare:
    """Connections come back as they are, so a read costs one round trip, as in the shop."""
    return Bare(_make, reset=False)


async def _make(pool: Pool) -> Answer:
    said = _Said()
    database = cast("Database", said)
    await find_product(database, 1)
    one = said.statement
    await newest_orders(database, 1)
    newest = said.statement

    async def answer(scope: Scope) -> bytes | None:
        async with pool.acquire() as connection:
            if wants_orders(scope):
                body = await connection.fetchval(newest, MAX_ID + 1, limit(scope))
            else:
                body = await connection.fetchval(one, product_id(scope))
        return None if body is None else body.encode()

    return answer


class _Said:
    """Stands in for the database, to learn what the shop would have asked it."""

    statement = ""

    async def fetch_value(self, query: str, *_values: object) -> None:
        self.statement = query
