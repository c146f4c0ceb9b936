"""Which cache ``open_cache`` chooses."""

import subprocess
import sys

import pytest

from app.shop.cache import MemoryCache, open_cache
from app.shop.cache.redis import RedisCache
from app.shop.settings import Settings
from tests.shop.cache.conftest import Maker
from tests.shop.cache.server import RedisProcess


def test_the_cache_is_in_memory_without_redis_url() -> None:
    assert isinstance(open_cache(Settings(redis_url=None)), MemoryCache)


async def test_the_cache_is_in_redis_if_redis_url_is_set(
    redis_server: RedisProcess, prefix: str
) -> None:
    settings = Settings(redis_url=redis_server.url, redis_prefix=prefix, cache_seconds=7)
    cache = open_cache(settings)
    assert isinstance(cache, RedisCache)
    await cache.get_or_make("key", [], Maker())
    await cache.close()
    with redis_server.client() as client:
        assert 5_000 < client.pttl(f"{prefix}entry:key") <= 7_000


@pytest.mark.slow
def test_redis_is_imported_only_when_needed() -> None:
    program = """
import sys
from app.shop.cache import open_cache
from app.shop.settings import Settings
open_cache(Settings(redis_url=None))
assert "redis" not in sys.modules
open_cache(Settings(redis_url="redis://127.0.0.1:1"))
assert "redis" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
