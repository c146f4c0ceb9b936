"""Queries servers from synchronous tests."""

import asyncio
from typing import Any

import asyncpg
import redis

from app.lab.services import Client, Lease


def plain(url: str) -> str:
    return url.replace("postgresql+asyncpg:", "postgresql:")


def query(url: str, statement: str) -> list[Any]:
    """The first column of the result of ``statement`` in the database at ``url``."""

    async def execute() -> list[Any]:
        connection = await asyncpg.connect(plain(url))
        try:
            return [row[0] for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(execute())


def databases(client: Client) -> set[str]:
    assert client.postgres.url
    return set(query(client.postgres.url, "SELECT datname FROM pg_database"))


def log_position(url: str) -> int:
    """Bytes of write-ahead log since the server was created."""
    [position] = query(url, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
    return int(position)


def things(lease: Lease) -> list[int]:
    return sorted(query(lease.database_url, "SELECT id FROM things"))


def keys(url: str) -> set[str]:
    with redis.Redis.from_url(url, decode_responses=True) as connection:
        return set(connection.scan_iter())


def put(url: str, key: str) -> None:
    with redis.Redis.from_url(url) as connection:
        connection.set(key, "value")
