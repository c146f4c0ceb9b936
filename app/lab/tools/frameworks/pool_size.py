"""How many connections to PostgreSQL each pool may have when all frameworks run at once."""

from collections.abc import Mapping

import asyncpg

POOLS = 7
"""In all five frameworks: FastAPI and Flask have one for each kind of data access."""
SHARE = 0.75
"""Of the free connections; the rest is left for clients that connect in the meantime."""

_FREE = """
    SELECT current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int
         - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
"""


async def connections_per_pool(database: Mapping[str, str]) -> int:
    """The maximum size of one pool, at least 1. ``database``: libpq variables."""
    connection = await asyncpg.connect(
        host=database["PGHOST"],
        port=int(database["PGPORT"]),
        user=database["PGUSER"],
        password=database["PGPASSWORD"] or None,
        database=database["PGDATABASE"],
        ssl=database.get("PGSSLMODE", "prefer"),
    )
    try:
        free: int = await connection.fetchval(_FREE)
    finally:
        await connection.close()
    return max(int(free * SHARE / POOLS), 1)
