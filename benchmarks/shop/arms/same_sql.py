"""The shop's own statements, executed by the driver alone."""

from typing import cast

from starlette.types import Scope

from app.shop.catalog.queries import find_product
from app.shop.database import Database
from app.shop.fields import MAX_ID
from app.shop.orders.queries import newest_orders
from benchmarks.shop.arms.bare import Answer, Bare, Pool, limit, product_id, wants_orders


def pooled() -> Bare:
    """With asyncpg's defaults."""
    return Bare(_make)


def unreset() -> Bare:
    """Without resetting connections, so that a read costs one round trip, as in the shop."""
    return Bare(_make, reset=False)


async def _make(pool: Pool) -> Answer:
    recorder = _StatementRecorder()
    database = cast("Database", recorder)
    await find_product(database, 1)
    one = recorder.statement
    await newest_orders(database, 1)
    newest = recorder.statement

    async def answer(scope: Scope) -> bytes | None:
        async with pool.acquire() as connection:
            if wants_orders(scope):
                body = await connection.fetchval(newest, MAX_ID + 1, limit(scope))
            else:
                body = await connection.fetchval(one, product_id(scope))
        return None if body is None else body.encode()

    return answer


class _StatementRecorder:
    """Stands in for the database, to record the statement that the shop would execute."""

    statement = ""

    async def fetch_value(self, query: str, *_values: object) -> None:
        self.statement = query
