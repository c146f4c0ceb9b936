"""The answer is a function that opens a cache which several workers share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.course.exercise import Step
from app.course.kinds.cache import CacheExercise, OpenCache, opened_cache
from app.shop.settings import Settings

LONG_SECONDS = 3600.0
"""So that nothing expires while a slow machine is at it."""


@dataclass(frozen=True, kw_only=True)
class SharedCacheExercise(CacheExercise):
    """``answer``: as for a ``CacheExercise``. The shop runs in ``workers`` processes, and a probe
    says which of them receives it.

    Starting them takes seconds, so the cache is first tried by itself, with ``trial``. The result
    is ``Evidence.extra``, which ``first_steps`` judge; only what they accept is served.
    """

    workers: int = 2
    settings: Mapping[str, Any] = field(
        default_factory=lambda: {"cache_seconds": LONG_SECONDS}, hash=False
    )
    first_steps: tuple[Step, ...]
    """The first of ``steps``: those that look at nothing but what ``trial`` returned."""
    trial_beside_shop: Callable[[OpenCache, Settings], Awaitable[dict[str, Any]]] | None = None
    """Tries caches with the settings of the shop, while it is served. What it returns is added to
    ``Evidence.extra``."""

    async def try_alone(
        self, answer: Callable[[Settings], Any], settings: Settings
    ) -> dict[str, Any]:
        """The result of the trial. Raises what the answer raises."""
        return await super().try_directly(answer, settings)

    async def try_directly(
        self, answer: Callable[[Settings], Any], settings: Settings
    ) -> dict[str, Any]:
        """The result of the trial beside the shop; the other one is over."""
        if self.trial_beside_shop is None:
            return {}
        return await self.trial_beside_shop(partial(opened_cache, answer), settings)
