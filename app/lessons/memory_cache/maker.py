"""What a learner's cache is tried with: values that are computed under control."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from app.shop.cache import Cache

TURNS = 180
"""Of the event loop, after which a task that has not ended is given up. Counted in turns, so that a
process that is stopped for a while loses only one of them."""
_QUICK_TURNS = 100
_PAUSE_SECONDS = 0.01


class Broken(Exception):
    """What a ``make`` raises, as if PostgreSQL were unavailable."""


class Maker:
    """A ``make`` that returns ``1``, ``2``, ``3`` …, counting on from ``last``.

    If ``held``, it waits for ``free`` first. If ``broken``, it raises ``Broken`` instead.
    """

    def __init__(self, last: int = 0, *, held: bool = False, broken: bool = False) -> None:
        self.calls = 0
        self.started = asyncio.Event()
        self.free = asyncio.Event()
        self._last = last
        self._broken = broken
        if not held:
            self.free.set()

    async def __call__(self) -> bytes | None:
        self.calls += 1
        mine = self._last + self.calls
        self.started.set()
        await self.free.wait()
        if self._broken:
            raise Broken
        return b"%d" % mine


class Constant:
    """A ``make`` that always returns the same value, and counts its calls."""

    def __init__(self, value: bytes | None) -> None:
        self.calls = 0
        self._value = value

    async def __call__(self) -> bytes | None:
        self.calls += 1
        await asyncio.sleep(0)
        return self._value


Callers = list[asyncio.Task[bytes | None]]


async def callers(cache: Cache, key: str, make: Maker, count: int) -> Callers:
    """Tasks that ask for the same key: ``make`` runs for the first of them, the others wait."""
    first = start(cache.get_or_make(key, [key], make))
    started = start(make.started.wait())
    await asyncio.wait({first, started}, return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    others = [start(cache.get_or_make(key, [key], make)) for _ in range(count - 1)]
    await turns()
    return [first, *others]


def start(work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    return asyncio.get_running_loop().create_task(work)


async def turns(count: int = 20) -> None:
    """Let every task that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


async def settled(*tasks: "asyncio.Task[Any]") -> bool:
    """Whether all ``tasks`` end. Those that still wait after ``TURNS`` are cancelled."""
    for turn in range(TURNS):
        if all(task.done() for task in tasks):
            return True
        await asyncio.sleep(0 if turn < _QUICK_TURNS else _PAUSE_SECONDS)
    for task in tasks:
        task.cancel()
    return False


def outcome(task: "asyncio.Task[bytes | None]") -> bytes | BaseException | None:
    """What a task returned or raised; ``CancelledError`` for one that was given up."""
    if not task.done() or task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or task.result()
