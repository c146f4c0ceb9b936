"""A cache in the memory of this process."""

import time
from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple
from weakref import WeakValueDictionary

from cachetools import TLRUCache

from app.shop.cache.jitter import life
from app.shop.cache.protocol import Make
from app.shop.cache.single_flight import SingleFlight

MAX_BYTES = 64 * 2**20

# What an entry takes besides its key and its value.
_OVERHEAD = 1000


class _Generation:
    """The time between two drops of a tag."""

    __slots__ = ("__weakref__", "over")

    def __init__(self) -> None:
        self.over = False


class _Entry(NamedTuple):
    value: bytes | None
    generations: tuple[_Generation, ...]
    seconds: float
    size: int


class MemoryCache:
    """Keeps up to ``max_bytes``; what was not used for longest makes room.

    Every worker has its own: a drop in one does not reach the others, whose entries then live on
    until their time is over. With several workers use Redis.
    """

    def __init__(
        self,
        seconds: float,
        *,
        max_bytes: int = MAX_BYTES,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._entries: TLRUCache[str, _Entry] = TLRUCache(
            max_bytes,
            ttu=lambda _, entry, now: now + entry.seconds,
            timer=timer,
            getsizeof=lambda entry: entry.size,
        )
        # A generation lives as long as an entry or a flight that belongs to it. So there are never
        # more of them than of those, however many tags are dropped.
        self._generations: WeakValueDictionary[str, _Generation] = WeakValueDictionary()
        self._flights: SingleFlight[bytes | None] = SingleFlight()

    async def get_or_make(self, key: str, tags: Collection[str], make: Make) -> bytes | None:
        try:
            entry = self._entries[key]
        except KeyError:
            pass
        else:
            for generation in entry.generations:
                if generation.over:
                    break
            else:
                return entry.value
        generations = tuple([self._generation(tag) for tag in sorted(tags)])
        # Who asks after a drop finds new generations, so does not join a flight from earlier.
        return await self._flights.run(
            (key, generations), partial(self._make, key, generations, make)
        )

    async def drop(self, tags: Collection[str]) -> None:
        for tag in tags:
            if generation := self._generations.pop(tag, None):
                generation.over = True

    async def close(self) -> None:
        await self._flights.close()
        self._entries.clear()

    def _generation(self, tag: str) -> _Generation:
        generation = self._generations.get(tag)
        if generation is None:
            generation = self._generations[tag] = _Generation()
        return generation

    async def _make(
        self, key: str, generations: tuple[_Generation, ...], make: Make
    ) -> bytes | None:
        value = await make()
        size = len(key) + len(value or b"") + _OVERHEAD
        if size <= self._entries.maxsize and not any(one.over for one in generations):
            self._entries[key] = _Entry(value, generations, life(self._seconds, value), size)
        return value
