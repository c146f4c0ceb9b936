"""Nothing is kept: every answer is made anew."""

from app.lessons.shops import Before
from app.shop.cache import NoCache
from app.shop.settings import Settings


def open_cache(_settings: Settings) -> NoCache:
    return NoCache()


BEFORE = Before(cache=open_cache)
