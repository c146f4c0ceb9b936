"""The counters of a whole run against what PostgreSQL itself counted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.lab.services import Client, Lease
from app.lab.services.paths import find_instance
from app.lab.services.seeding import load_seed
from app.shop.settings import Settings
from tests.lab.wire.conftest import served

REQUESTS, CONNECTIONS = 400, 16
MARK = "counted-by-postgres"


@pytest.fixture
async def admin(services: Client, lease: Lease) -> AsyncIterator[asyncpg.Connection]:
    if services.postgres.origin == "DATABASE_URL":
        pytest.skip("The statement log of a server that is not ours cannot be read.")
    connection = await asyncpg.connect(services.postgres.url)
    await connection.execute(f"ALTER DATABASE \"{lease.database}\" SET log_statement = 'all'")
    yield connection
    await connection.execute(f'ALTER DATABASE "{lease.database}" RESET log_statement')
    await connection.close()


def log_file() -> Path:
    return find_instance(load_seed().fingerprint()).directory / "postgres.log"


async def sessions(admin: asyncpg.Connection, database: str) -> int:
    await asyncio.sleep(0.1)
    query = "SELECT sessions FROM pg_stat_database WHERE datname = $1"
    return int(await admin.fetchval(query, database))


async def test_statements_and_connections_of_a_run(
    admin: asyncpg.Connection, lease: Lease, settings: Settings
) -> None:
    engine = create_async_engine(settings.database_url, pool_size=8, max_overflow=0)
    already = log_file().read_text(errors="replace").count(MARK)
    before = await sessions(admin, lease.database)

    async def handler() -> None:
        async with engine.connect() as connection:
            for number in range(3):
                await connection.execute(text(f"SELECT {number} /* {MARK} */"))

    with served(handler, engine) as server:
        limits = httpx.Limits(max_connections=CONNECTIONS)
        async with httpx.AsyncClient(base_url=server.url, limits=limits, timeout=60) as client:
            await asyncio.gather(*(client.get("/") for _ in range(REQUESTS)))
        total = server.ledger.total
        await asyncio.to_thread(server.stop)
    logged = log_file().read_text(errors="replace").count(MARK) - already
    set_up = 4  # what SQLAlchemy asks on an engine's first connection
    assert total.requests == REQUESTS
    assert logged == 3 * REQUESTS == total.statements - set_up
    assert await sessions(admin, lease.database) - before == total.connections <= 8
