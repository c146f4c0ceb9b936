"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_FORGETFUL = """class Stubborn(MemoryCache):
    async def drop(self, tags):
        pass


def open_cache(settings):
    return Stubborn(settings.cache_seconds)
"""

_ONE_KEY = """class OneKey(MemoryCache):
    async def get_or_make(self, key, tags, make):
        return await super().get_or_make("product", ["product"], make)


def open_cache(settings):
    return OneKey(settings.cache_seconds)
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a cache that keeps nothing",
        edits=(("MemoryCache(settings.cache_seconds)", "MemoryCache(0.0)"),),
        says="took 1 SQL statement; expected 0",
    ),
    Attempt("a cache that drops nothing", source=_FORGETFUL, says="is out of date"),
    Attempt("one entry for everything", source=_ONE_KEY, says="GET /api/products/2"),
    Attempt(
        "a dict",
        edits=(("MemoryCache(settings.cache_seconds)", "{}"),),
        says="returned dict",
        outcome="error",
    ),
    Attempt(
        "without its time to live",
        edits=(("settings.cache_seconds", ""),),
        says="'seconds'",
        outcome="error",
    ),
    Attempt("for a day", edits=(("settings.cache_seconds", "86_400.0"),), outcome="passed"),
    Attempt(
        "with a limit",
        edits=(("settings.cache_seconds", "settings.cache_seconds, max_bytes=1_000_000"),),
        outcome="passed",
    ),
    Attempt(
        "the shop's own function",
        source="from app.shop.cache import open_cache as finished\n\n\n"
        "def open_cache(settings):\n    return finished(settings)\n",
        outcome="passed",
    ),
)
