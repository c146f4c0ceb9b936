"""The longest chain of round trips follows from who waits for whom, not from how long it takes."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from app.course.evidence import Burst
from app.course.network import Network
from app.lab.checks.burst import send_burst
from app.lab.serving.exchange import Exchange, exchange, repeated
from app.shop.settings import Settings
from tests.lab.wire.conftest import Handler, served

SLEEP = text("SELECT pg_sleep(CAST(:seconds AS double precision))")
SIZE = 4

Ask = Callable[..., Coroutine[Any, Any, None]]


@pytest.fixture
def engine(settings: Settings) -> AsyncEngine:
    """A pool of ``SIZE``, without transactions, so that a statement is one round trip."""
    return create_async_engine(
        settings.database_url, pool_size=SIZE, max_overflow=0, isolation_level="AUTOCOMMIT"
    )


@pytest.fixture
def ask(engine: AsyncEngine) -> Ask:
    async def ask(times: int = 1, seconds: float = 0) -> None:
        """So many statements, one after another, on a connection of its own."""
        async with engine.connect() as connection:
            for _ in range(times):
                await connection.execute(SLEEP, {"seconds": seconds})

    return ask


async def warm(handler: Handler, engine: AsyncEngine, network: Network | None = None) -> Exchange:
    """A request after one that has opened all connections of the pool."""
    pool = engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    size = pool.size()
    all_open, calls = asyncio.Barrier(size), itertools.count()

    async def open_one() -> None:
        async with engine.connect():
            await all_open.wait()

    async def open_all_first() -> None:
        if next(calls) == 0:
            await asyncio.gather(*(open_one() for _ in range(size)))
        else:
            await handler()

    with served(open_all_first, engine, network=network) as server:
        await exchange(server, "/")
        await exchange(server, "/")
        return await repeated(lambda: exchange(server, "/"))


async def test_one_after_another_adds(engine: AsyncEngine, ask: Ask) -> None:
    async def handler() -> None:
        await ask(3)  # on one connection
        await ask()  # on another
        await asyncio.create_task(ask())  # in a task

    seen = await warm(handler, engine)
    assert (seen.work.round_trips, seen.longest_chain, seen.peak_in_use) == (5, 5, 1)


async def test_tasks_side_by_side_do_not_add(engine: AsyncEngine, ask: Ask) -> None:
    async def handler() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(SIZE):
                group.create_task(ask())

    seen = await warm(handler, engine)
    assert (seen.work.round_trips, seen.longest_chain, seen.peak_in_use) == (SIZE, 1, SIZE)
    assert seen.trace.tasks == SIZE


async def test_tasks_side_by_side_on_one_connection_add(engine: AsyncEngine) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            ask = (connection.execute(SLEEP, {"seconds": 0}) for _ in range(3))
            await asyncio.gather(*ask)

    seen = await warm(handler, engine)
    assert (seen.work.round_trips, seen.longest_chain, seen.peak_in_use) == (3, 3, 1)
    assert seen.trace.tasks == 3


async def test_what_follows_a_group_follows_all_of_it(engine: AsyncEngine, ask: Ask) -> None:
    async def nested() -> None:
        await asyncio.gather(ask(), ask(2))

    async def handler() -> None:
        await asyncio.gather(ask(), nested())  # 2
        await asyncio.gather(ask(3), ask())  # 3
        await ask()

    seen = await warm(handler, engine)
    assert (seen.work.round_trips, seen.longest_chain) == (9, 6)


async def test_a_task_follows_what_its_parent_did_before_it_was_started(
    engine: AsyncEngine, ask: Ask
) -> None:
    async def handler() -> None:
        await ask(2)
        other = asyncio.create_task(ask())
        await ask(2)
        await other

    assert (await warm(handler, engine)).longest_chain == 4


async def test_waiting_for_a_connection_of_a_small_pool_adds(settings: Settings) -> None:
    engine = create_async_engine(
        settings.database_url, pool_size=1, max_overflow=0, isolation_level="AUTOCOMMIT"
    )

    async def one() -> None:
        async with engine.connect() as connection:
            await connection.execute(SLEEP, {"seconds": 0})

    async def handler() -> None:
        await asyncio.gather(one(), one(), one())

    seen = await warm(handler, engine)
    assert (seen.longest_chain, seen.peak_in_use) == (3, 1)


async def test_getting_a_connection_back_from_a_pool_with_others_does_not_add(
    settings: Settings,
) -> None:
    """The pool hands out the one that was returned last, although another one was idle."""
    engine = create_async_engine(
        settings.database_url,
        pool_size=2,
        max_overflow=0,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
    )

    async def handler() -> None:
        returned = asyncio.Event()

        async def one() -> None:
            async with engine.connect() as connection:
                await connection.execute(SLEEP, {"seconds": 0})

        async def early() -> None:
            await one()
            returned.set()

        async def late() -> None:
            await returned.wait()
            await one()

        await asyncio.gather(early(), late())

    seen = await warm(handler, engine)
    assert (seen.work.round_trips, seen.longest_chain, seen.peak_in_use) == (2, 1, 1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("delay", [0, 0.003])
async def test_it_does_not_depend_on_how_long_anything_takes(
    engine: AsyncEngine, ask: Ask, seed: int, delay: float
) -> None:
    """Whichever of the tasks ends first or starts late."""
    random = Random(seed)

    async def late(times: int) -> None:
        await asyncio.sleep(random.choice((0, 0.005)))
        await ask(times, random.choice((0, 0.002, 0.01)))

    async def handler() -> None:
        await ask()
        await asyncio.gather(late(1), late(2), late(3))

    seen = await warm(handler, engine, Network(delay=delay))
    assert (seen.work.round_trips, seen.longest_chain) == (7, 4)


async def test_it_is_the_same_under_load(settings: Settings) -> None:
    """More requests than one processor can keep up with, each with enough connections."""
    engine = create_async_engine(
        settings.database_url, pool_size=24, max_overflow=0, isolation_level="AUTOCOMMIT"
    )

    async def two() -> None:
        async with engine.connect() as connection:
            for _ in range(2):
                await connection.execute(SLEEP, {"seconds": 0})

    async def handler() -> None:
        await asyncio.gather(two(), two(), two())

    with served(handler, engine) as server:
        await send_burst(Burst("/", requests=100, connections=8), server)  # prepares the statement
        seen = await send_burst(Burst("/", requests=200, connections=8), server)
    assert seen.statuses == {200: 200}
    assert (seen.longest_chain, seen.peak_in_use_per_request) == (2, 3)
    assert seen.peak_in_use <= 24
