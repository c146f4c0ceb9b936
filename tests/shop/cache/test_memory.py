"""The cache in memory: time, size, and what a hit costs."""

import asyncio
import gc
import tracemalloc

import pytest

from app.shop.cache import MemoryCache
from app.shop.cache import memory as module
from tests.shop.cache.conftest import Maker, eventually


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def remade(cache: MemoryCache, keys: list[str], value: bytes | None = b"x") -> list[str]:
    """The keys that were misses."""
    made: list[str] = []

    for key in keys:

        async def make(key: str = key) -> bytes | None:
            made.append(key)
            return value

        await cache.get_or_make(key, ["tag"], make)
    return made


async def test_entries_stored_together_expire_at_different_times() -> None:
    clock = Clock()
    cache = MemoryCache(100, timer=clock)
    keys = [f"key {number}" for number in range(200)]
    await remade(cache, keys)
    clock.now = 79.9
    assert await remade(cache, keys) == []
    clock.now = 90
    gone = len(await remade(cache, keys))
    assert 40 < gone < 160
    clock.now = 100
    assert len(await remade(cache, keys)) == 200 - gone


async def test_negative_entries_expire_sooner() -> None:
    clock = Clock()
    cache = MemoryCache(100, timer=clock)
    await remade(cache, ["missing"], None)
    await remade(cache, ["there"])
    clock.now = 15.9
    assert await remade(cache, ["missing", "there"], None) == []
    clock.now = 20
    assert await remade(cache, ["missing", "there"], None) == ["missing"]


async def test_an_expired_entry_is_computed_again() -> None:
    cache = MemoryCache(0.05)
    make = Maker()

    async def computed_again() -> bool:
        return await cache.get_or_make("key", ["tag"], make) == b"2"

    await eventually(computed_again)


async def test_memory_is_bounded() -> None:
    cache = MemoryCache(100, max_bytes=2_000_000)

    async def make() -> bytes:
        return bytes(100_000)

    tracemalloc.start()
    try:
        for number in range(200):
            await cache.get_or_make(f"key {number}", [f"tag {number}"], make)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2_000_000


async def test_the_memory_of_small_entries_is_bounded_too() -> None:
    cache = MemoryCache(100, max_bytes=300_000)
    tracemalloc.start()
    try:
        for number in range(2_000):
            await cache.get_or_make(f"key {number}", [f"tag {number}"], Maker())
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 300_000


async def test_the_least_recently_used_entry_is_evicted() -> None:
    cache = MemoryCache(100, max_bytes=100_000)
    hot = Maker()
    for number in range(1_000):
        await cache.get_or_make("hot", ["tag"], hot)
        await cache.get_or_make(f"cold {number}", ["tag"], Maker())
    assert hot.calls == 1


async def test_a_value_that_is_too_large_is_returned_but_not_stored() -> None:
    cache = MemoryCache(100, max_bytes=10_000)
    small = Maker()
    await cache.get_or_make("small", ["tag"], small)

    async def make() -> bytes:
        return bytes(20_000)

    assert await cache.get_or_make("large", ["tag"], make) == bytes(20_000)
    assert await cache.get_or_make("small", ["tag"], small) == b"1"


async def test_dropped_tags_leave_no_generations_behind() -> None:
    cache = MemoryCache(100, max_bytes=100_000)
    for number in range(2_000):
        await cache.get_or_make(f"key {number}", [f"tag {number}", "all"], Maker())
        if number % 2:
            await cache.drop([f"tag {number}", f"unknown {number}"])
    gc.collect()
    generations = [one for one in gc.get_objects() if isinstance(one, module._Generation)]
    assert len(generations) <= 100 + 1
    await cache.close()
    del generations
    gc.collect()
    assert not any(isinstance(one, module._Generation) for one in gc.get_objects())


async def test_a_hit_never_suspends() -> None:
    """A hit creates no task and never suspends, so it costs no more than a function call."""
    cache = MemoryCache(100)
    await cache.get_or_make("key", ["tag"], Maker())
    hit = cache.get_or_make("key", ["tag"], Maker())
    with pytest.raises(StopIteration) as stop:
        hit.send(None)
    assert stop.value.value == b"1"


def test_a_cache_is_not_bound_to_an_event_loop() -> None:
    cache = MemoryCache(100)

    async def contend(tag: str) -> int:
        make = Maker()
        await asyncio.gather(*(cache.get_or_make(tag, [tag], make) for _ in range(20)))
        return make.calls

    assert asyncio.run(contend("first")) == 1
    assert asyncio.run(contend("second")) == 1
    assert asyncio.run(contend("first")) == 0


async def test_close_cancels_running_calls() -> None:
    cache = MemoryCache(100)
    make = Maker(held=True)
    waiting = asyncio.create_task(cache.get_or_make("key", ["tag"], make))
    await make.started.wait()
    await cache.close()
    assert make.cancelled == 1
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_error_without_waiters_is_not_logged() -> None:
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
    cache = MemoryCache(100)
    started = asyncio.Event()

    async def fail_when_cancelled() -> bytes:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectionError

    waiting = asyncio.create_task(cache.get_or_make("key", [], fail_when_cancelled))
    await started.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    del waiting
    await cache.close()
    gc.collect()
    assert noise == []
