"""The shop's queries straight on asyncpg's pool, past SQLAlchemy's: in a request of one statement
its pool takes as long as PostgreSQL does.
"""

from typing import Any

import asyncpg

from app.shop.database import Database


class DriverDatabase(Database):
    """What the shop's queries need of a database, in AUTOCOMMIT, on the driver's own pool."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool

    async def fetch_value(self, query: str, *values: object) -> Any:
        return await self.pool.fetchval(query, *values)


def open_driver_pool(size: int) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool to be entered with ``async with``."""
    return asyncpg.create_pool(min_size=0, max_size=size, reset=_keep)


async def _keep(_connection: object) -> None:
    """No reset, a round trip, when a connection is given back: reads leave nothing behind. The
    pools of psycopg, pg and pgx do none either.
    """
