"""Runs the shop's queries directly on asyncpg's pool instead of SQLAlchemy's, which in a request of
one statement takes as long as PostgreSQL does.
"""

from typing import Any

import asyncpg

from app.shop.database import Database


class DriverDatabase(Database):
    """The part of ``Database`` that the shop's queries use, in AUTOCOMMIT on the driver's pool."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool

    async def fetch_value(self, query: str, *values: object) -> Any:
        return await self.pool.fetchval(query, *values)


def open_driver_pool(size: int) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool, opened and closed by ``async with``."""
    return asyncpg.create_pool(min_size=0, max_size=size, reset=_keep)


async def _keep(_connection: object) -> None:
    """Skips the reset on release, which is a round trip: reads leave nothing to reset. The pools of
    psycopg, pg and pgx do not reset either.
    """
