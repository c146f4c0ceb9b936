"""Caches for finished responses."""

from app.shop.cache.memory import MemoryCache
from app.shop.cache.none import NoCache
from app.shop.cache.protocol import Cache, Make
from app.shop.settings import Settings

__all__ = ["Cache", "Make", "MemoryCache", "NoCache", "open_cache"]


def open_cache(settings: Settings) -> Cache:
    """The cache for these settings: in Redis, shared by all workers, if ``redis_url`` is set.

    It connects on first use.
    """
    if settings.redis_url is None:
        return MemoryCache(settings.cache_seconds)
    # Imported only when needed: the Redis client takes a third of a second to import.
    from app.shop.cache.redis import RedisCache

    return RedisCache(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
