"""Helpers for tests of writes: a private database, invalid input, waiting for locks, costs."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.course.work import Work
from app.lab.services import connect
from app.lab.wire import Ledger, Observed, install_taps
from app.shop.cache import NoCache
from app.shop.database import Database

UNKNOWN_ID = 2147483647

# Text that would do harm if it were interpreted as SQL, as a parameter or as a format string.
TEXTS = (
    "'; DROP TABLE products; --",
    "Robert'); DELETE FROM orders WHERE ('1'='1",
    "$1 $2 :name %s %(name)s {} {0} \\x \\'",
    '"quoted" back\\slash \\u0041 \\n',
    "line\nbreak\ttab\r\x01\x1f.",
    "日本語 العربية 🎁 👩‍👩‍👧 \U0001d11e",
    "</script>&amp;<b>\u2028\x7f",
)

# Bodies that are invalid for every endpoint that expects a JSON object.
INVALID_BODIES = (b"", b"{", b"null", b"[]", b"7", b"\xff\xfe", b'{"\xff": 1}', b"[" * 100_000)


@contextmanager
def private_database() -> Iterator[str]:
    """The URL of a copy of the seeded database that no other test uses."""
    with connect("tests") as client:
        yield client.lease().database_url


async def wait_for_locks(database: Database, connections: int) -> None:
    """Wait until that many connections are blocked by a lock."""
    blocked = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    async with asyncio.timeout(10):
        while True:
            if await database.fetch_value(blocked) >= connections:
                return
            await asyncio.sleep(0.005)


async def count_rows(database: Database, table: str) -> int:
    async with database.reading() as session:
        return await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


class RecordingCache(NoCache):
    """Records the dropped tags, and what other connections could read at that moment."""

    def __init__(self, database: Database, query: str) -> None:
        self._database = database
        self._query = query
        self.dropped: set[str] = set()
        self.seen: list[Any] = []

    async def drop(self, tags: Collection[str]) -> None:
        self.dropped.update(tags)
        self.seen.append(await self._database.fetch_value(self._query))


async def work_of(app: FastAPI, request: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Work:
    """The work of a request, counted the second time it is sent."""
    install_taps()
    ledger = Ledger()
    transport = httpx.ASGITransport(Observed(app, ledger))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        await request(client)
        warm_up = ledger.total
        await request(client)
    work = ledger.total
    return Work(
        requests=work.requests - warm_up.requests,
        statements=work.statements - warm_up.statements,
        round_trips=work.round_trips - warm_up.round_trips,
    )
