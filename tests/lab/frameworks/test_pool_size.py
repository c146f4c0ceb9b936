"""The pools of all five fit into what PostgreSQL has left."""

import asyncpg

from app.lab.frameworks.pool_size import POOLS, connections_for_each
from app.lab.services import Lease


async def test_who_is_connected_already_is_left_alone(
    lease: Lease, database: dict[str, str]
) -> None:
    url = lease.database_url.replace("+asyncpg", "")
    before = await connections_for_each(database)
    others = [await asyncpg.connect(url) for _ in range(20)]
    try:
        meanwhile = await connections_for_each(database)
        most = int(await others[0].fetchval("SHOW max_connections"))
    finally:
        for other in others:
            await other.close()
    assert 1 <= meanwhile < before
    assert POOLS * before < most
