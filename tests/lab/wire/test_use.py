"""Connections in use, compared with what the pool and the server say themselves."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextvars import Context

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from app.course.evidence import Burst
from app.lab.checks.burst import send_burst
from app.lab.serving.exchange import exchange
from app.lab.wire.ledger import CURRENT, Record
from app.lab.wire.postgres_tap import Unattributed
from app.shop.settings import Settings
from tests.lab.wire.conftest import Count, served

NAME = "connections in use"
NOT_IDLE = f"""
    SELECT count(*) FROM pg_stat_activity WHERE application_name = '{NAME}' AND state <> 'idle'
"""


def this_request() -> Record:
    record = CURRENT.get()
    assert record is not None
    return record


async def unseen(work: Callable[[], Awaitable[int]]) -> int:
    """The result of ``work``, which belongs to no request."""

    async def run() -> int:
        return await work()

    return await asyncio.create_task(run(), context=Context())


async def test_it_is_what_the_pool_has_checked_out(engine: AsyncEngine, count: Count) -> None:
    """Whether or not something is under way on them."""
    pairs: list[tuple[int, int]] = []

    def note() -> None:
        assert isinstance(engine.sync_engine.pool, QueuePool)
        pairs.append((this_request().in_use, engine.sync_engine.pool.checkedout()))

    async def handler() -> None:
        pairs.clear()
        note()
        async with engine.connect() as one:
            note()
            await one.execute(text("SELECT 1"))
            async with engine.connect():
                note()
            await one.rollback()
            note()
        note()

    seen = await count(handler, engine)
    assert pairs == [(0, 0), (1, 1), (2, 2), (1, 1), (0, 0)]
    assert (seen.peak_in_use, seen.left_in_use) == (2, 0)


async def test_it_is_what_postgresql_says_is_not_idle(dsn: str, count: Count) -> None:
    """Of connections that come from no pool."""
    pairs: list[tuple[int, int]] = []

    async def not_idle() -> int:
        connection = await asyncpg.connect(dsn)
        try:
            return int(await connection.fetchval(NOT_IDLE))
        finally:
            await connection.close()

    async def note() -> None:
        pairs.append((this_request().in_use, await unseen(not_idle)))

    async def handler() -> None:
        settings = {"application_name": NAME}
        opened = [await asyncpg.connect(dsn, server_settings=settings) for _ in range(3)]
        idle, busy, waiting = opened
        await idle.fetch("SELECT 1")
        await note()
        transaction = busy.transaction()
        await transaction.start()
        await note()
        await busy.fetch("SELECT pg_advisory_xact_lock(4711)")
        locked = asyncio.create_task(waiting.fetch("SELECT pg_advisory_xact_lock(4711)"))
        while await unseen(not_idle) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await note()
        await transaction.rollback()
        await locked
        await note()
        for connection in opened:
            await connection.close()

    seen = await count(handler, warm=False)
    assert seen.exception is None
    assert pairs == [(0, 0), (1, 1), (2, 2), (0, 0)]
    assert seen.peak_in_use == 2


async def test_statements_of_no_request_are_counted(dsn: str, count: Count) -> None:
    database = dsn.rpartition("/")[2].partition("?")[0]

    async def two() -> int:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.fetch("SELECT 1")
            return int(await connection.fetchval("SELECT 2"))
        finally:
            await connection.close()

    async def handler() -> list[int]:
        before = Unattributed.to(database)
        await two()
        attributed = Unattributed.to(database) - before
        await unseen(two)
        return [attributed, Unattributed.to(database) - before]

    assert (await count(handler, warm=False)).answer == [0, 2]


async def test_a_lost_connection_is_not_in_use(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> int:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await connection.invalidate()
            return this_request().in_use

    seen = await count(handler, engine)
    assert seen.answer == 0


async def test_the_peak_of_a_burst_is_the_pool(settings: Settings) -> None:
    """Each request keeps its connection until as many are in use as there can be."""
    size = 3
    engine = create_async_engine(settings.database_url, pool_size=size, max_overflow=0)
    all_in_use = asyncio.Barrier(size)

    async def handler() -> None:
        async with engine.connect():
            await all_in_use.wait()

    with served(handler, engine) as server:
        seen = await send_burst(Burst("/", requests=3 * size, connections=3 * size), server)
        assert seen.statuses == {200: 3 * size}
        assert (seen.peak_in_use, seen.peak_in_use_per_request) == (size, 1)
        assert server.ledger.in_use == 0
        # What is open is not in use.
        server.reset_peak()
        assert (server.peak_connections, server.peak_in_use) == (size, 0)


async def _gather(*work: Awaitable[None]) -> None:
    await asyncio.gather(*work)


async def _group(*work: Awaitable[None]) -> None:
    async def run(one: Awaitable[None]) -> None:
        await one

    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(run(one))


@pytest.mark.parametrize(("run", "left"), [(_gather, 3), (_group, 0)])
async def test_what_a_failed_request_leaves_in_use(
    engine: AsyncEngine, run: Callable[..., Awaitable[None]], left: int
) -> None:
    async def part(query: str) -> None:
        async with engine.connect() as connection:
            await connection.execute(text(query))

    async def open_all() -> None:
        async with engine.connect():
            await all_open.wait()

    async def handler() -> None:
        if next(calls) == 0:
            await asyncio.gather(*(open_all() for _ in range(4)))
            return
        slow = [part("SELECT pg_sleep(1)") for _ in range(3)]
        await run(part("SELECT 1 / 0"), *slow)

    calls, all_open = itertools.count(), asyncio.Barrier(4)
    with served(handler, engine) as server:
        await exchange(server, "/")
        seen = await exchange(server, "/")
    assert seen.status == 500
    assert seen.left_in_use == left
