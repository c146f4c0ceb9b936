"""Round trips and bytes of Redis, against what the server itself has read and sent."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.course.work import Work
from app.lab.load import LoadProcess
from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.shop.cache.redis import RedisCache
from app.shop.cache.redis_opening import RedisOpener
from app.shop.cache.redis_pipeline import Pipeline
from tests.lab.wire.redis_statistics import Exchanged, RedisStatistics
from tests.shop.cache.conftest import running_redis
from tests.shop.cache.server import RedisProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="There is no Redis for Windows")

Act = Callable[[Any], Awaitable[object]]


@pytest.fixture(scope="module")
def server() -> Iterator[RedisProcess]:
    """Of its own: others use the shared one at the same time."""
    with running_redis() as server:
        yield server


async def compared(
    server: RedisProcess, opening: Callable[[], Awaitable[Any]], act: Act
) -> tuple[Work, Exchanged]:
    """What a second request did with something that the application opened before the first, as
    the lab and as Redis counted it."""
    opened: list[Any] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        opened.append(await opening())
        yield
        await (opened[0].aclose() if isinstance(opened[0], Redis) else opened[0].close())

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def handler() -> None:
        await act(opened[0])

    with RedisStatistics(server) as statistics, Server(app) as served:
        await exchange(served, "/")
        before = statistics.read()
        seen = await exchange(served, "/")
        assert seen.status == 200, seen.exception
        return seen.work, statistics.read().since(before)


async def in_turn(client: Redis) -> None:
    for _ in range(3):
        await client.get("absent")


async def in_a_pipeline(client: Redis) -> None:
    async with client.pipeline(transaction=False) as pipeline:
        for number in range(10):
            pipeline.set("key", number)
        await pipeline.execute()


async def in_a_transaction(client: Redis) -> None:
    async with client.pipeline() as pipeline:
        pipeline.incr("counter")
        pipeline.get("counter")
        await pipeline.execute()


async def at_once(client: Redis) -> None:
    await asyncio.gather(*(client.echo("hello") for _ in range(5)))


async def a_large_value(client: Redis) -> None:
    await client.set("large", b"x" * 300_000)
    assert await client.get("large") == b"x" * 300_000


@pytest.mark.parametrize(
    ("act", "commands", "round_trips"),
    [
        (in_turn, 3, 3),
        (in_a_pipeline, 10, 1),
        (in_a_transaction, 4, 1),
        (at_once, 5, 5),
    ],
)
async def test_the_round_trips_of_redis_py_are_what_redis_reads(
    server: RedisProcess, act: Act, commands: int, round_trips: int
) -> None:
    async def opening() -> Redis:
        return Redis.from_url(server.url)

    work, exchanged = await compared(server, opening, act)
    assert (work.redis_commands, work.redis_round_trips) == (commands, round_trips)
    assert (work.redis_round_trips, work.redis_bytes) == exchanged


async def test_the_bytes_of_a_large_value_are_counted_once(server: RedisProcess) -> None:
    """Redis reads the command in several pieces, which is still one round trip."""

    async def opening() -> Redis:
        return Redis.from_url(server.url)

    work, exchanged = await compared(server, opening, a_large_value)
    assert work.redis_round_trips == 2
    assert work.redis_bytes == exchanged.sent > 300_000


async def test_a_new_connection_is_counted(server: RedisProcess) -> None:
    async def opening() -> Redis:
        return Redis.from_url(server.url)

    async def reconnecting(client: Redis) -> None:
        await client.connection_pool.disconnect()
        await client.get("absent")

    work, exchanged = await compared(server, opening, reconnecting)
    assert work.redis_round_trips > 1
    assert work.redis_bytes == exchanged.sent


def assert_agree(work: Work, exchanged: Exchanged) -> None:
    """Commands that are written one by one before waiting may reach Redis together or not."""
    assert work.redis_round_trips <= exchanged.reads <= work.redis_commands
    assert work.redis_bytes == exchanged.sent


async def asked_at_once(pipeline: Pipeline) -> None:
    await asyncio.gather(*(pipeline.ask("ECHO", "hello") for _ in range(20)))


async def asked_in_turn(pipeline: Pipeline) -> None:
    for _ in range(3):
        await pipeline.ask("ECHO", "hello")


@pytest.mark.parametrize(
    ("act", "commands", "round_trips"), [(asked_at_once, 20, 1), (asked_in_turn, 3, 3)]
)
async def test_the_round_trips_of_the_shops_connection_are_what_redis_reads(
    server: RedisProcess, act: Act, commands: int, round_trips: int
) -> None:
    work, exchanged = await compared(server, RedisOpener(server.url, 5).open, act)
    assert (work.redis_commands, work.redis_round_trips) == (commands, round_trips)
    assert_agree(work, exchanged)


async def value() -> bytes:
    return b"value"


async def a_hit(cache: RedisCache) -> None:
    assert await cache.get_or_make("hit", ["tag"], value) == b"value"


async def many_hits_at_once(cache: RedisCache) -> None:
    await asyncio.gather(*(cache.get_or_make("hit", ["tag"], value) for _ in range(150)))


async def a_drop(cache: RedisCache) -> None:
    await cache.drop(["one", "two", "three"])


async def a_miss(cache: RedisCache) -> None:
    await cache.drop(["tag"])
    await cache.get_or_make("miss", ["tag"], value)


@pytest.mark.parametrize(
    ("act", "commands", "round_trips"),
    # A miss after a drop: DEL, MGET, SET and MGET for the generation, SET.
    [(a_hit, 1, 1), (many_hits_at_once, 1, 1), (a_drop, 1, 1), (a_miss, 5, 4)],
)
async def test_the_round_trips_of_the_shops_cache_are_what_redis_reads(
    server: RedisProcess, act: Act, commands: int, round_trips: int
) -> None:
    async def opening() -> RedisCache:
        return RedisCache(server.url, "round-trips:", 60)

    work, exchanged = await compared(server, opening, act)
    assert (work.redis_commands, work.redis_round_trips) == (commands, round_trips)
    assert_agree(work, exchanged)


async def test_nothing_is_lost_under_load(server: RedisProcess) -> None:
    """A request may be over while a batch that it has started still serves others."""
    caches: list[RedisCache] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        caches.append(RedisCache(server.url, "under-load:", 60))
        await a_hit(caches[0])
        yield
        await caches[0].close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def handler() -> None:
        await a_hit(caches[0])

    with Server(app) as served:
        server.reset_commands()
        with RedisStatistics(server) as statistics:
            before, started = statistics.read(), served.total
            async with LoadProcess() as load:
                window = await load.window(served.url, connections=32, seconds=0.3)
            while (work := served.total - started).requests < window.requests:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            exchanged = statistics.read().since(before)
        assert server.commands() == {"mget": work.redis_commands}
    assert 0 < work.redis_commands < work.requests
    assert work.redis_bytes == exchanged.sent


async def test_requests_that_share_a_connection_are_told_apart(server: RedisProcess) -> None:
    async def opening() -> Pipeline:
        return await RedisOpener(server.url, 5).open()

    pipelines: list[Pipeline] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        pipelines.append(await opening())
        yield
        await pipelines[0].close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/{size}")
    async def handler(size: int) -> None:
        for _ in range(10):
            await pipelines[0].ask("ECHO", "x" * size)

    with RedisStatistics(server) as statistics, Server(app) as served:
        before = statistics.read()
        seen = await asyncio.gather(*(exchange(served, f"/{size}") for size in (1, 10, 100)))
        exchanged = statistics.read().since(before)
    assert [one.work.redis_commands for one in seen] == [10, 10, 10]
    assert [one.work.redis_round_trips for one in seen] == [10, 10, 10]
    assert sum(one.work.redis_bytes for one in seen) == exchanged.sent
