"""What a load writes, taken away again, so that all of it meets the same data."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from app.lab.services.external import plain_url

_TABLES = ("order_lines", "orders", "comments")
"""That the workload adds to. Those that refer to others come first."""


@dataclass(frozen=True)
class Written:
    """Rows that were added since ``since_now``."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    newest: Mapping[str, int]
    """The highest id of each table at that time."""

    async def take_away(self) -> None:
        """The sequences go on. What has kept an answer keeps it: nobody is told."""
        for table, newest in self.newest.items():
            await self.connection.execute(f"DELETE FROM {table} WHERE id > $1", newest)


@asynccontextmanager
async def since_now(database_url: str) -> AsyncIterator[Written]:
    connection = await asyncpg.connect(plain_url(database_url))
    try:
        newest = {
            table: int(await connection.fetchval(f"SELECT coalesce(max(id), 0) FROM {table}"))
            for table in _TABLES
        }
        yield Written(connection, newest)
    finally:
        await connection.close()
