"""Tries a learner's cache directly, one property after the other."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.course.exercise import Refusal
from app.course.kinds.cache import OpenCache
from app.lessons.memory_cache import dropping, keeping, sharing
from app.shop.cache import Cache
from app.shop.settings import Settings

Experiment = Callable[[Cache], Awaitable[Refusal | None]]

EXPERIMENTS: tuple[Experiment, ...] = (
    keeping.entries_are_kept,
    sharing.callers_share_one_call,
    sharing.other_entries_are_not_held_up,
    sharing.every_key_has_its_own_answer,
    sharing.exceptions_are_raised_and_not_kept,
    sharing.a_cancelled_caller_takes_nobody_along,
    dropping.a_drop_concerns_its_tags_alone,
    dropping.a_drop_during_a_call_counts,
    keeping.the_budget_holds,
    keeping.what_fits_stays,
    keeping.keys_count_too,
    keeping.a_huge_answer_passes_through,
    keeping.dropped_entries_free_their_bytes,
)


async def trial(open_cache: OpenCache, settings: Settings) -> dict[str, Any]:
    """What is wrong with the caches that ``open_cache`` opens.

    ``shared``: the refusal if two of them share their entries. ``fault``: that of the first
    experiment that finds something; each has a new cache.
    """
    first, second = open_cache(settings), open_cache(settings)
    shared = await keeping.starts_empty(first, second)
    await first.close()
    await second.close()
    return {"shared": shared, "fault": shared or await _first_fault(open_cache, settings)}


async def _first_fault(open_cache: OpenCache, settings: Settings) -> Refusal | None:
    for experiment in EXPERIMENTS:
        if fault := await _tried(experiment, open_cache(settings)):
            return fault
    short = settings.model_copy(update={"cache_seconds": keeping.SHORT_SECONDS})
    return await _tried(keeping.entries_expire, open_cache(short))


async def _tried(experiment: Experiment, cache: Cache) -> Refusal | None:
    try:
        return await experiment(cache)
    finally:
        await cache.close()
