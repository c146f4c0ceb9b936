"""Tries a learner's cache as two workers would use it, without a shop around it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from app.course.kinds.cache import OpenCache
from app.lessons.redis_cache.proxy import RedisProxy, redis_proxy
from app.shop.cache import Cache
from app.shop.settings import Settings

MANY = 50
"""Entries that one drop invalidates."""
CROWD = 150
"""Callers at the same time."""

_HANDSHAKE = frozenset({"AUTH", "CLIENT", "COMMAND", "HELLO", "INFO", "PING", "SELECT"})
_AT_ONCE = 10
_LONGEST_SECONDS = 5.0
"""For a drop that waits for a reader; any other takes milliseconds."""
_TURNS = 100
"""Of the event loop, after which a drop has returned that does not wait for Redis. Not a time: a
machine that is busy must not let one time out that does wait."""
_LOOKS = 100
"""For the commands that a drop sends after it has returned."""


class Maker:
    """A ``make`` that returns ``1``, ``2``, ``3`` … as bytes, or ``None`` each time."""

    def __init__(self, *, nothing: bool = False) -> None:
        self.calls = 0
        self._nothing = nothing

    async def __call__(self) -> bytes | None:
        self.calls += 1
        await asyncio.sleep(0)
        return None if self._nothing else b"%d" % self.calls


class _SlowMaker:
    """A ``make`` that has read the old value and returns it when it is allowed to."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.allowed = asyncio.Event()

    async def __call__(self) -> bytes | None:
        self.started.set()
        await self.allowed.wait()
        return b"old"


class Unmade(Exception):
    """Raised by a ``make``."""


async def trial(open_cache: OpenCache, settings: Settings) -> dict[str, Any]:
    """What two caches with the same settings do, and what their Redis is asked."""
    assert settings.redis_url is not None
    async with redis_proxy(settings.redis_url) as proxy, AsyncExitStack() as stack:
        through = {"redis_url": proxy.url, "cache_seconds": 3600.0}

        def opened(**changes: Any) -> Cache:
            cache = open_cache(settings.model_copy(update=through | changes))
            stack.push_async_callback(cache.close)
            return cache

        one, other = opened(), opened()
        foreign = opened(redis_prefix=f"{settings.redis_prefix}other:")
        return {
            **await _hits(one, other, foreign, proxy),
            **await _nothing_there(one, other),
            **await _failing(one),
            **await _drops(one, other),
            "races": {
                "the same worker": await _race(one, one, "race at home"),
                "another worker": await _race(one, other, "race abroad"),
            },
            **await _held_drop(one, proxy),
            **await _many(one, other, proxy),
            **await _crowd(one),
        }


async def third_worker(open_cache: OpenCache, settings: Settings) -> dict[str, Any]:
    """What another worker of a served shop reads as the page of product 90."""
    cache = open_cache(settings)
    try:
        return {"product_90": await cache.get_or_make("product:90", ["product:90"], Maker())}
    finally:
        await cache.close()


async def _hits(one: Cache, other: Cache, foreign: Cache, proxy: RedisProxy) -> dict[str, Any]:
    """``returned`` by each of three reads, whether any of them asked Redis, and whether a shop with
    another prefix reads the entry."""
    make, elsewhere = Maker(), Maker()
    reads = [await cache.get_or_make("page", ["a"], make) for cache in (one, one, other)]
    asked_redis = bool(proxy.commands)
    await foreign.get_or_make("page", ["a"], elsewhere)
    return {
        "returned": reads,
        "asked_redis": asked_redis,
        "reads_foreign_entries": elsewhere.calls == 0,
    }


async def _nothing_there(one: Cache, other: Cache) -> dict[str, Any]:
    """How often a resource that does not exist is looked for in three reads, and the results."""
    make = Maker(nothing=True)
    results = [await cache.get_or_make("nothing", ["a"], make) for cache in (one, one, other)]
    return {"absent": results, "looked_for_absent": make.calls}


async def _failing(one: Cache) -> dict[str, Any]:
    """Whether the caller learns of an exception, and whether the next one gets a value."""

    async def fail() -> bytes | None:
        raise Unmade

    try:
        await one.get_or_make("failing", ["a"], fail)
        raised = False
    except Unmade:
        raised = True
    try:
        recovered = await one.get_or_make("failing", ["a"], Maker()) == b"1"
    except Unmade:
        recovered = False
    return {"raised": raised, "recovered": recovered}


async def _drops(one: Cache, other: Cache) -> dict[str, Any]:
    """What is read after a drop, in turn: by the worker that dropped, and by the other one.

    ``by_any_tag``: after a drop of two tags, of which the entry has the second. ``bystander``: an
    entry without the dropped tag.
    """
    makers = {name: Maker() for name in ("own", "others", "any", "bystander")}

    async def read(cache: Cache, name: str, *tags: str) -> bytes | None:
        return await cache.get_or_make(name, [*tags, name], makers[name])

    for name in makers:
        await read(one, name, "shared" if name != "bystander" else "quiet")
        await read(other, name, "shared" if name != "bystander" else "quiet")
    await one.drop(["own"])
    own = [await read(one, "own", "shared") for _ in range(2)]
    await other.drop(["others"])
    others = [await read(one, "others", "shared") for _ in range(2)]
    await other.drop(["unused", "any"])
    by_any_tag = await read(one, "any", "shared")
    return {
        "own": own,
        "others": others,
        "by_any_tag": by_any_tag,
        "bystander": await read(one, "bystander", "quiet"),
    }


async def _race(reader: Cache, writer: Cache, key: str) -> str:
    """A reader has read the old value, then a writer drops, then the reader stores what it has.

    ``"fresh"``; ``"stale"`` if the old value is served afterwards; ``"blocked"`` if the drop does
    not return before the reader is done.
    """
    make, fresh = _SlowMaker(), Maker()
    reading = asyncio.ensure_future(reader.get_or_make(key, [key], make))
    started = asyncio.ensure_future(make.started.wait())
    await asyncio.wait({reading, started}, return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    dropping = asyncio.ensure_future(writer.drop([key]))
    await asyncio.wait({dropping}, timeout=_LONGEST_SECONDS)
    blocked = not dropping.done()
    make.allowed.set()
    await asyncio.gather(reading, dropping)
    after = [await cache.get_or_make(key, [key], fresh) for cache in (reader, writer)]
    return "blocked" if blocked else "stale" if b"old" in after else "fresh"


async def _held_drop(one: Cache, proxy: RedisProxy) -> dict[str, Any]:
    """Whether a drop returns although Redis has not received it yet, and what it then sends."""
    await one.get_or_make("held", ["held"], Maker())
    proxy.hold()
    dropping = asyncio.ensure_future(one.drop(["held"]))
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    early = dropping.done()
    before = len(proxy.commands)
    proxy.release()
    await dropping
    for _ in range(_LOOKS if early else 0):
        await asyncio.sleep(0.001)
    return {"returned_early": early, "held_commands": proxy.commands[before:]}


async def _many(one: Cache, other: Cache, proxy: RedisProxy) -> dict[str, Any]:
    """The commands with which a drop invalidates ``MANY`` entries, and how many it has left."""
    makers = [Maker() for _ in range(MANY)]

    async def read(cache: Cache, number: int) -> bytes | None:
        tags = ["many", f"one of many:{number}"]
        return await cache.get_or_make(f"one of many:{number}", tags, makers[number])

    for first in range(0, MANY, _AT_ONCE):
        await asyncio.gather(*(read(one, number) for number in range(first, first + _AT_ONCE)))
    proxy.commands.clear()
    await other.drop(["many"])
    commands = [name for name in proxy.commands if name not in _HANDSHAKE]
    left = sum([await read(one, number) == b"1" for number in range(0, MANY, _AT_ONCE)])
    return {"drop_commands": commands, "left": left}


async def _crowd(one: Cache) -> dict[str, Any]:
    """The errors that ``CROWD`` concurrent callers get, each for an entry of its own."""
    makers: list[Callable[[], Any]] = [Maker() for _ in range(CROWD)]
    results = await asyncio.gather(
        *(one.get_or_make(f"crowd:{n}", ["crowd"], make) for n, make in enumerate(makers)),
        return_exceptions=True,
    )
    errors = [result for result in results if isinstance(result, BaseException)]
    return {"errors": [f"{type(error).__name__}: {error}" for error in errors]}
