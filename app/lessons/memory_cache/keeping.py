"""What a learner's cache keeps, how much of it and for how long."""

import asyncio
from collections.abc import Iterable
from random import Random
from uuid import uuid4

from app.course.exercise import Refusal
from app.lessons.memory_cache.maker import Constant
from app.shop.cache import Cache

MAX_BYTES = 1_000_000
"""The budget of a cache, for keys and values together."""
SHORT_SECONDS = 0.05
"""The time to live of entries that are to expire while somebody waits."""
_POLLS, _POLL_SECONDS = 16, 0.04
_ASKED = 2 * _POLLS
"""Callers who must all get what is kept: more than those who see an entry expire, so that nobody
can count instead of looking at a clock."""


async def entries_are_kept(cache: Cache) -> Refusal | None:
    for value, name in ((b"[]", "an answer"), (None, "`None`"), (b"", "an empty answer, `b''`")):
        make = Constant(value)
        for _ in range(_ASKED):
            got = await cache.get_or_make(f"key {value!r}", ["tag"], make)
            if got != value:
                return Refusal(f"`make` returned {value!r}, and a caller got {got!r}.", hint=1)
        if make.calls > 1:
            return Refusal(
                f"{_ASKED} callers asked for the same key, one after another, and `make` returned "
                f"{name}. It was called {make.calls} times; expected once.",
                hint=1,
            )
    return None


async def what_fits_stays(cache: Cache) -> Refusal | None:
    """A little less than half of the budget, so that a cache may count some overhead."""
    sizes = dict.fromkeys(_names("page", 40), 10_000) | dict.fromkeys(_names("one", 50), 1_000)
    await _fill(cache, sizes)
    kept = await _kept(cache, sizes)
    if len(kept) == len(sizes):
        return None
    return Refusal(
        f"{len(sizes)} answers of {sum(sizes.values()):,} bytes together were stored, and "
        f"{len(kept)} of them were still there; expected all, since the budget is "
        f"{MAX_BYTES:,} bytes.",
        hint=2,
    )


async def the_budget_holds(cache: Cache) -> Refusal | None:
    sizes = dict.fromkeys(_names("export", 30), 100_000)
    await _fill(cache, sizes)
    kept = await _kept(cache, sizes)
    if (held := sum(sizes[key] for key in kept)) > MAX_BYTES:
        return Refusal(
            f"After 30 answers of 100,000 bytes, {held:,} bytes were still there; the budget is "
            f"{MAX_BYTES:,}.",
            hint=2,
        )
    if list(sizes)[-1] not in kept:
        return Refusal(
            "After 30 answers of 100,000 bytes, the latest was not there; expected a full cache to "
            "make room for it.",
            hint=2,
        )
    return None


async def keys_count_too(cache: Cache) -> Refusal | None:
    """Words to search for are the customer's own, and so is the number of those not found."""
    keys = [f"search:{number}:{'x' * 3_000}" for number in range(1_000)]
    for key in keys:
        await cache.get_or_make(key, ["tag"], Constant(None))
    held = sum(map(len, await _kept(cache, keys)))
    if held <= MAX_BYTES:
        return None
    return Refusal(
        f"After 1,000 searches for 3,000 letters that found nothing, keys of {held:,} bytes "
        f"were still there; the budget of {MAX_BYTES:,} bytes is for keys and values together.",
        hint=3,
    )


async def a_huge_answer_passes_through(cache: Cache) -> Refusal | None:
    size = 2 * MAX_BYTES
    huge = bytes(size)
    try:
        got = await cache.get_or_make("export", ["export"], Constant(huge))
    except Exception as error:
        return Refusal(
            f"`make` returned {size:,} bytes, more than the budget, and `get_or_make` raised "
            f"{type(error).__name__}: {error}; expected the answer, which need not be stored.",
            hint=3,
        )
    if got != huge:
        return Refusal(f"`make` returned {size:,} bytes, and the caller got something else.", 3)
    return None


async def dropped_entries_free_their_bytes(cache: Cache) -> Refusal | None:
    for number in range(300):
        tag = f"tag {number % 5}"
        await _fill(cache, {f"page {number % 5}": 10_000}, tag)
        await cache.drop([tag])
    sizes = dict.fromkeys(_names("page", 40), 10_000)
    await _fill(cache, sizes)
    kept = await _kept(cache, sizes)
    if len(kept) == len(sizes):
        return None
    return Refusal(
        f"After 300 drops, {len(sizes)} answers of 10,000 bytes were stored, and {len(kept)} of "
        "them were still there; expected all. Do entries that were dropped or replaced still "
        "count?",
        hint=3,
    )


async def entries_expire(cache: Cache) -> Refusal | None:
    """``cache`` was opened with ``SHORT_SECONDS``. Only entries that never expire are refused."""
    make = Constant(b"x")
    for _ in range(_POLLS):
        await cache.get_or_make("key", ["tag"], make)
        if make.calls > 1:
            return None
        await asyncio.sleep(_POLL_SECONDS)
    return Refusal(
        f"With `settings.cache_seconds` = {SHORT_SECONDS}, an entry was still served after "
        f"{_POLLS * _POLL_SECONDS:g} s, in which it was often asked for; expected it to expire, "
        "counted from when it was computed.",
        hint=2,
    )


async def starts_empty(first: Cache, second: Cache) -> Refusal | None:
    key = f"product:{uuid4()}"  # in case something is left of an earlier check
    await first.get_or_make(key, [key], Constant(b"first"))
    got = await second.get_or_make(key, [key], Constant(b"second"))
    if got != b"first":
        return None
    return Refusal(
        "A new cache already had an entry, stored by another one. Each server opens a cache of its "
        "own, on its own copy of the data: keep the entries in `self`, not in the class.",
        hint=1,
    )


def _names(kind: str, count: int) -> list[str]:
    return [f"{kind}:{number}" for number in range(count)]


async def _fill(cache: Cache, sizes: dict[str, int], tag: str = "tag") -> None:
    """Store an answer of that size for each key. It cannot be compressed."""
    random = Random(1)
    for key, size in sizes.items():
        await cache.get_or_make(key, [tag], Constant(random.randbytes(size)))


class _Absent(Exception):
    """Raised in place of an answer, so that asking stores nothing."""


async def _kept(cache: Cache, keys: Iterable[str]) -> list[str]:
    """The keys whose entry is there."""

    async def make() -> bytes | None:
        raise _Absent

    found = []
    for key in keys:
        try:
            await cache.get_or_make(key, ["tag"], make)
        except _Absent:
            continue
        found.append(key)
    return found
