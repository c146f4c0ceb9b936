"""How many connections to PostgreSQL each framework may have, with all of them live at once."""

from collections.abc import Mapping

import asyncpg

POOLS = 7
"""Of the five: FastAPI and Flask have one for each way to read."""
SHARE = 0.75
"""Of the connections that are free; the rest is for others, who may come meanwhile."""

_FREE = """
    SELECT current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int
         - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
"""


async def connections_for_each(database: Mapping[str, str]) -> int:
    """The most that one pool may have; at least 1. ``database`` in libpq's variables."""
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
