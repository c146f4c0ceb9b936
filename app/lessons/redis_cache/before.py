"""Each worker keeps its own answers, and does not hear of the others' writes."""

from app.course.shops import Before
from app.shop.cache import MemoryCache
from app.shop.settings import Settings


def open_cache(settings: Settings) -> MemoryCache:
    return MemoryCache(settings.cache_seconds)


BEFORE = Before(cache=open_cache)
