"""The answer is a function that opens the shop's cache."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.course.exercise import Refusal
from app.course.kinds.made import not_a_function
from app.course.kinds.received import close_coroutines
from app.course.kinds.served import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.shop.cache import Cache
from app.shop.settings import Settings

METHODS = ("get_or_make", "drop", "close")

OpenCache = Callable[[Settings], Cache]
"""Opens a cache for these settings. Raises ``TypeError`` where the answer returns none."""


@dataclass(frozen=True, kw_only=True)
class CacheExercise(ServedExercise):
    """``answer``: a function or a class that takes ``Settings`` and returns a ``Cache``. Every
    worker creates its own."""

    workers: int = 1

    def wrong_type(self, answer: Any) -> Refusal | None:
        return not_a_function(answer)

    trial: Callable[[OpenCache, Settings], Awaitable[dict[str, Any]]] | None = None
    """Tries caches that the answer opens, and closes them; the result becomes ``Evidence.extra``.
    The settings are those of the learner's shop."""

    async def try_directly(
        self, answer: Callable[[Settings], Any], settings: Settings
    ) -> dict[str, Any]:
        if self.trial is None:
            return {}
        return await self.trial(partial(opened_cache, answer), settings)

    def apply(self, answer: Callable[[Settings], Any], shop: Shop) -> Shop:
        overlay = Overlay(cache=partial(opened_cache, answer))
        return shop.with_overlay(overlay).with_workers(self.workers)


def opened_cache(open_cache: Callable[[Settings], Any], settings: Settings) -> Cache:
    """The cache that ``open_cache`` returns. Raises ``TypeError`` if it is none."""
    made = open_cache(settings)
    close_coroutines(made)
    missing = [name for name in METHODS if not callable(getattr(made, name, None))]
    if missing:
        raise TypeError(
            f"your function returned {type(made).__name__}, which is not a Cache: it lacks "
            f"{', '.join(missing)}"
        )
    cache: Cache = made
    return cache
