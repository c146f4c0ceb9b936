"""The caches, and Redis servers of the tests' own."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from app.lab.services.binaries import find_redis
from app.shop.cache import Cache, MemoryCache, NoCache
from app.shop.cache.redis import RedisCache
from tests.shop.cache.server import RedisProcess

OpenRedis = Callable[..., RedisCache]


@contextmanager
def running_redis() -> Iterator[RedisProcess]:
    # The path of a Unix socket may be 100 characters long, and pytest's folders are deep.
    with tempfile.TemporaryDirectory(prefix="cache-") as made:
        folder = Path(made)
        server = RedisProcess(find_redis(folder)[0], folder)
        server.start()
        yield server
        server.kill()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisProcess]:
    with running_redis() as server:
        yield server


@pytest.fixture
def disposable_redis() -> Iterator[RedisProcess]:
    """A server for one test, which may kill it."""
    with running_redis() as server:
        yield server


@pytest.fixture
def prefix() -> str:
    return f"{secrets.token_hex(4)}:"


@pytest.fixture
async def open_redis(prefix: str) -> AsyncIterator[OpenRedis]:
    """Opens caches that share their entries, like several workers."""
    async with AsyncExitStack() as stack:

        def opened(url: str, seconds: float = 100, **options: float) -> RedisCache:
            cache = RedisCache(url, prefix, seconds, **options)
            stack.push_async_callback(cache.close)
            return cache

        yield opened


@pytest.fixture
def redis_cache(redis_server: RedisProcess, open_redis: OpenRedis) -> RedisCache:
    return open_redis(redis_server.url)


@pytest.fixture
async def memory_cache() -> AsyncIterator[MemoryCache]:
    cache = MemoryCache(100)
    yield cache
    await cache.close()


@pytest.fixture(params=["none", "memory", "redis"])
def any_cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "none":
        return NoCache()
    cache: Cache = request.getfixturevalue(f"{request.param}_cache")
    return cache


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Cache:
    """Every cache that stores entries."""
    cache: Cache = request.getfixturevalue(f"{request.param}_cache")
    return cache


class Maker:
    """A ``make`` that returns ``1``, ``2``, ``3`` … (counting on from ``last``); if ``held``, it
    waits for ``free`` first."""

    def __init__(self, last: int = 0, *, held: bool = False) -> None:
        self.last = last
        self.calls = 0
        self.cancelled = 0
        self.started = asyncio.Event()
        self.free = asyncio.Event()
        if not held:
            self.free.set()

    async def __call__(self) -> bytes | None:
        self.calls += 1
        mine = self.last + self.calls
        self.started.set()
        try:
            async with asyncio.timeout(10):
                await self.free.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return b"%d" % mine


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until ``holds`` is true; fail after about ten seconds."""
    for _ in range(2_000):
        if await holds():
            return
        await asyncio.sleep(0.005)
    pytest.fail("the condition did not become true")
