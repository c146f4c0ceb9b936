"""A cache in each worker's memory, never invalidated by the writes of other workers."""

from app.course.overlay import Overlay
from app.shop.cache import MemoryCache
from app.shop.settings import Settings


def open_cache(settings: Settings) -> MemoryCache:
    return MemoryCache(settings.cache_seconds)


BEFORE = Overlay(cache=open_cache)
