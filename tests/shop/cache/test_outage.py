"""Outages of Redis, and recovery from them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from functools import partial

import pytest

from app.shop.cache import redis as module
from app.shop.cache.redis import RedisCache
from tests.shop.cache.conftest import Maker, OpenRedis, eventually
from tests.shop.cache.server import RedisProcess

PATIENCE = {"timeout": 0.2, "pause": 0.05}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[str], int]:
    """Counts the log messages that contain a text."""
    caplog.set_level(logging.INFO)
    return lambda text: sum(text in record.getMessage() for record in caplog.records)


async def is_caching(cache: RedisCache) -> None:
    """Wait until the cache stores entries again."""
    make = Maker()

    async def twice_the_same() -> bool:
        first = await cache.get_or_make("probing", ["probing"], make)
        return await cache.get_or_make("probing", ["probing"], make) == first

    await eventually(twice_the_same)


@pytest.fixture
async def silent_url() -> AsyncIterator[tuple[str, list[int]]]:
    """The URL of a server that accepts connections and never replies, and a list with one item for
    each connection."""
    connections: list[int] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", connections


async def test_a_server_that_was_never_available_is_logged_once(
    open_redis: OpenRedis, logged: Callable[[str], int]
) -> None:
    cache = open_redis("unix:///nowhere/redis.sock", **PATIENCE)
    make = Maker()
    for number in range(1, 50):
        assert await cache.get_or_make("key", ["tag"], make) == b"%d" % number
        await cache.drop(["tag"])
        await asyncio.sleep(0.005)
    assert logged("is unavailable") == 1


async def test_only_one_caller_waits_for_a_server_that_does_not_reply(
    open_redis: OpenRedis, silent_url: tuple[str, list[int]]
) -> None:
    url, connections = silent_url
    cache = open_redis(url, timeout=0.05, pause=60)
    for _ in range(100):
        await cache.get_or_make("key", ["tag"], Maker())
        await cache.drop(["tag"])
    assert len(connections) == 1


async def test_queued_callers_do_not_wait_for_a_second_timeout(
    open_redis: OpenRedis, silent_url: tuple[str, list[int]]
) -> None:
    url, connections = silent_url
    cache = open_redis(url, timeout=0.1, pause=60)
    tasks = []
    for number in range(module.LOOKUPS + 20):
        tasks.append(asyncio.create_task(cache.get_or_make(str(number), ["tag"], Maker())))
        await asyncio.sleep(0.001)
    assert await asyncio.gather(*tasks) == [b"1"] * (module.LOOKUPS + 20)
    assert len(connections) <= module.LOOKUPS


async def test_one_caller_at_a_time_probes(
    open_redis: OpenRedis, silent_url: tuple[str, list[int]]
) -> None:
    url, connections = silent_url
    cache = open_redis(url, timeout=0.1, pause=0.2)
    await cache.get_or_make("key", ["tag"], Maker())
    await asyncio.sleep(0.25)
    await asyncio.gather(*(cache.get_or_make(str(n), ["tag"], Maker()) for n in range(100)))
    assert len(connections) == 2


async def test_single_flight_works_without_redis(open_redis: OpenRedis) -> None:
    cache = open_redis("unix:///nowhere/redis.sock")
    make = Maker(held=True)
    early = [asyncio.create_task(cache.get_or_make("key", ["tag"], make)) for _ in range(50)]
    await make.started.wait()
    await asyncio.sleep(0.02)
    await cache.drop(["tag"])
    late = asyncio.create_task(cache.get_or_make("key", ["tag"], make))
    await asyncio.sleep(0.02)
    make.free.set()
    assert set(await asyncio.gather(*early)) == {b"1"}
    assert await late == b"2"


async def test_no_stale_reads_when_redis_is_killed(
    disposable_redis: RedisProcess, open_redis: OpenRedis, logged: Callable[[str], int]
) -> None:
    """Readers and a writer run throughout; no reader ever sees less than was written before."""
    cache = open_redis(disposable_redis.url, **PATIENCE)
    committed = written = 0
    answers = 0
    over = False

    async def read() -> None:
        nonlocal answers
        while not over:
            at_least = written

            async def make() -> bytes:
                value = b"%d" % committed
                await asyncio.sleep(0.001)
                return value

            answer = await cache.get_or_make("key", ["tag"], make)
            assert answer is not None
            assert int(answer) >= at_least
            answers += 1

    async def write() -> None:
        nonlocal committed, written
        while not over:
            await asyncio.sleep(0.003)
            committed += 1
            await cache.drop(["tag"])
            written = committed

    async def more_than(some: int) -> bool:
        return answers > some

    tasks = [asyncio.create_task(one) for one in (*(read() for _ in range(20)), write())]
    for _ in range(2):
        await is_caching(cache)
        disposable_redis.kill()
        await eventually(partial(more_than, answers + 200))
        await asyncio.to_thread(disposable_redis.start)
    await is_caching(cache)
    over = True
    await asyncio.gather(*tasks)
    assert logged("is unavailable") == logged("is back") == 2


async def test_a_drop_during_an_outage_is_flushed_later(
    disposable_redis: RedisProcess, open_redis: OpenRedis
) -> None:
    here = open_redis(disposable_redis.url, **PATIENCE)
    there = open_redis(disposable_redis.url)
    make = Maker()
    assert await here.get_or_make("key", ["tag"], make) == b"1"
    disposable_redis.freeze()
    assert await here.get_or_make("key", ["tag"], make) == b"2"
    await here.drop(["tag"])
    disposable_redis.thaw()
    assert await there.get_or_make("key", ["tag"], make) == b"1", "the drop was not flushed yet"
    assert await here.get_or_make("key", ["tag"], make) == b"3"
    await is_caching(here)
    assert await here.get_or_make("key", ["tag"], make) != b"1"
    assert await there.get_or_make("key", ["tag"], make) != b"1"


async def test_a_drop_that_fails_is_flushed_later(
    disposable_redis: RedisProcess, open_redis: OpenRedis
) -> None:
    """The drop itself detects the outage."""
    here = open_redis(disposable_redis.url, **PATIENCE)
    make = Maker()
    await here.get_or_make("key", ["tag"], make)
    with disposable_redis.client() as client:
        client.config_set("min-replicas-to-write", 1)
    await here.drop(["tag"])
    assert await here.get_or_make("key", ["tag"], make) == b"2"
    await asyncio.sleep(0.1)
    assert await here.get_or_make("key", ["tag"], make) == b"3", "read although writes are rejected"
    with disposable_redis.client() as client:
        client.config_set("min-replicas-to-write", 0)
    await is_caching(here)
    assert await here.get_or_make("key", ["tag"], make) != b"1"


async def test_a_drop_during_a_flush_is_flushed_too(
    disposable_redis: RedisProcess, open_redis: OpenRedis
) -> None:
    here = open_redis(disposable_redis.url, **PATIENCE)
    make = Maker()
    await here.get_or_make("key", ["late"], make)
    disposable_redis.freeze()
    await here.drop(["early"])
    await asyncio.sleep(0.06)
    flushing = asyncio.create_task(here.get_or_make("other", [], Maker()))
    await asyncio.sleep(0.02)
    await here.drop(["late"])
    disposable_redis.thaw()
    await flushing
    await is_caching(here)
    assert await here.get_or_make("key", ["late"], make) == b"2"


async def test_nothing_is_read_during_a_flush(
    disposable_redis: RedisProcess, open_redis: OpenRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flushing drops may take longer than the pause. A caller that probes meanwhile has no drops to
    flush, and would find that Redis answers."""
    here = open_redis(disposable_redis.url, **PATIENCE)
    make = Maker()
    assert await here.get_or_make("key", ["tag"], make) == b"1"
    disposable_redis.freeze()
    assert await here.get_or_make("key", ["tag"], make) == b"2"
    await here.drop(["tag"])
    disposable_redis.thaw()
    begun, free = asyncio.Event(), asyncio.Event()
    flush = here._store.delete_and_write

    async def flush_late(generations: Collection[str]) -> None:
        begun.set()
        await free.wait()
        await flush(generations)

    with monkeypatch.context() as patch:
        patch.setattr(here._store, "delete_and_write", flush_late)
        await asyncio.sleep(0.06)
        flushing = asyncio.create_task(here.get_or_make("other", [], Maker()))
        await begun.wait()
    await asyncio.sleep(0.06)
    assert await here.get_or_make("key", ["tag"], make) == b"3"
    free.set()
    await flushing
    assert await here.get_or_make("key", ["tag"], make) == b"4"
    assert await here.get_or_make("key", ["tag"], make) == b"4"


async def test_rejected_writes_are_one_outage(
    disposable_redis: RedisProcess, open_redis: OpenRedis, logged: Callable[[str], int]
) -> None:
    """Redis answers reads but rejects writes."""
    cache = open_redis(disposable_redis.url, **PATIENCE)
    await cache.get_or_make("key", ["tag"], Maker())
    with disposable_redis.client() as client:
        client.config_set("min-replicas-to-write", 1)
    for number in range(30):
        assert await cache.get_or_make(f"key {number}", ["tag"], Maker()) == b"1"
        await asyncio.sleep(0.01)
    assert logged("is unavailable") == 1


async def test_close_flushes_pending_drops(
    disposable_redis: RedisProcess, open_redis: OpenRedis
) -> None:
    here, there = (
        open_redis(disposable_redis.url, timeout=0.5, pause=60),
        open_redis(disposable_redis.url),
    )
    make = Maker()
    await there.get_or_make("key", ["tag"], make)
    disposable_redis.freeze()
    await here.drop(["other"])
    await here.drop(["tag"])
    disposable_redis.thaw()
    await here.close()
    assert await there.get_or_make("key", ["tag"], make) == b"2"


async def test_too_many_pending_drops_become_one_of_everything(
    disposable_redis: RedisProcess, open_redis: OpenRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PENDING_DROPS", 20)
    here = open_redis(disposable_redis.url, **PATIENCE)
    make = Maker()
    await here.get_or_make("one", ["tag 1"], make)
    await here.get_or_make("other", ["other"], make)
    disposable_redis.freeze()
    for number in range(100):
        await here.drop([f"tag {number}"])
    assert len(here._pending_drops) == 1
    disposable_redis.thaw()
    await is_caching(here)
    assert await here.get_or_make("one", ["tag 1"], make) == b"3"
    assert await here.get_or_make("other", ["other"], make) == b"4"


@pytest.mark.parametrize("who", ["same worker", "new worker"])
async def test_entries_of_a_snapshot_older_than_the_last_drop_are_not_served(
    disposable_redis: RedisProcess, open_redis: OpenRedis, who: str
) -> None:
    cache = open_redis(disposable_redis.url, **PATIENCE)
    make = Maker()
    await cache.get_or_make("key", ["tag"], make)
    with disposable_redis.client() as client:
        client.save()
    await cache.drop(["tag"])
    disposable_redis.kill()
    await asyncio.to_thread(disposable_redis.start)
    with disposable_redis.client() as client:
        assert len(client.keys("*entry:key")) == 1, "the snapshot was not read"
    if who == "new worker":
        cache = open_redis(disposable_redis.url)
    assert await cache.get_or_make("key", ["tag"], make) == b"2"
    await is_caching(cache)
    assert await cache.get_or_make("key", ["tag"], make) != b"1"


@pytest.mark.parametrize("kind", ["unix", "tcp"])
async def test_an_unnoticed_restart_is_no_outage(
    disposable_redis: RedisProcess, open_redis: OpenRedis, logged: Callable[[str], int], kind: str
) -> None:
    cache = open_redis(disposable_redis.url if kind == "unix" else disposable_redis.tcp_url)
    make = Maker()
    await cache.get_or_make("key", ["tag"], make)
    disposable_redis.kill()
    await asyncio.to_thread(disposable_redis.start)
    await asyncio.sleep(0.01)
    assert await cache.get_or_make("key", ["tag"], make) == b"2"
    assert await cache.get_or_make("key", ["tag"], make) == b"2"
    assert logged("is unavailable") == 0


async def test_close_works_without_redis(
    disposable_redis: RedisProcess, open_redis: OpenRedis
) -> None:
    cache = open_redis(disposable_redis.url, **PATIENCE)
    await cache.get_or_make("key", ["tag"], Maker())
    disposable_redis.kill()
    await cache.drop(["tag"])
    await cache.close()
