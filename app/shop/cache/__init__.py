"""Answers kept for the next who asks."""

from app.shop.cache.memory import MemoryCache
from app.shop.cache.none import NoCache
from app.shop.cache.protocol import Cache, Make
from app.shop.settings import Settings

__all__ = ["Cache", "Make", "MemoryCache", "NoCache", "open_cache"]


def open_cache(settings: Settings) -> Cache:
    """The cache that the settings describe: in Redis, which all workers share, where it is given.

    Nothing connects until its first use.
    """
    if settings.redis_url is None:
        return MemoryCache(settings.cache_seconds)
    # Its client takes a third of a second to import.
    from app.shop.cache.redis import RedisCache

    return RedisCache(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
