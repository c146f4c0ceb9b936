"""The pools of all five frameworks fit into PostgreSQL's free connections."""

import asyncpg

from app.lab.services import Lease
from app.lab.tools.frameworks.pool_size import POOLS, connections_per_pool


async def test_existing_connections_are_taken_into_account(
    lease: Lease, database: dict[str, str]
) -> None:
    url = lease.database_url.replace("+asyncpg", "")
    before = await connections_per_pool(database)
    others = [await asyncpg.connect(url) for _ in range(20)]
    try:
        meanwhile = await connections_per_pool(database)
        limit = int(await others[0].fetchval("SHOW max_connections"))
    finally:
        for other in others:
            await other.close()
    assert 1 <= meanwhile < before
    assert POOLS * before < limit
