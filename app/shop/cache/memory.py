"""A cache in the memory of one process."""

import time
from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple
from weakref import WeakValueDictionary

from cachetools import TLRUCache

from app.shop.cache.jitter import jittered_ttl
from app.shop.cache.protocol import Make
from app.shop.cache.single_flight import SingleFlight

MAX_BYTES = 64 * 2**20

# Estimated bytes of an entry besides its key and value.
_OVERHEAD = 1000


class _Generation:
    """The period between two drops of a tag. Entries refer to the generations they belong to."""

    __slots__ = ("__weakref__", "dropped")

    def __init__(self) -> None:
        self.dropped = False


class _Entry(NamedTuple):
    value: bytes | None
    generations: tuple[_Generation, ...]
    ttl: float
    size: int


class MemoryCache:
    """Holds up to ``max_bytes`` and evicts the least recently used entries. Entries expire after
    at most ``seconds``.

    Each worker has a cache of its own, and a drop in one does not reach the others: they keep
    serving stale entries until those expire. With several workers, use Redis.
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
            ttu=lambda _, entry, now: now + entry.ttl,
            timer=timer,
            getsizeof=lambda entry: entry.size,
        )
        # Weak references: a generation lives only as long as an entry or a flight that belongs to
        # it, so dropping many tags does not use up memory.
        self._generations: WeakValueDictionary[str, _Generation] = WeakValueDictionary()
        self._flights: SingleFlight[bytes | None] = SingleFlight()

    async def get_or_make(self, key: str, tags: Collection[str], make: Make) -> bytes | None:
        try:
            entry = self._entries[key]
        except KeyError:
            pass
        else:
            for generation in entry.generations:
                if generation.dropped:
                    break
            else:
                return entry.value
        generations = tuple([self._generation(tag) for tag in sorted(tags)])
        # A drop starts new generations, so later callers do not join a flight from before it.
        return await self._flights.run(
            (key, generations), partial(self._make, key, generations, make)
        )

    async def drop(self, tags: Collection[str]) -> None:
        for tag in tags:
            if generation := self._generations.pop(tag, None):
                generation.dropped = True

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
        if size <= self._entries.maxsize and not any(one.dropped for one in generations):
            self._entries[key] = _Entry(
                value, generations, jittered_ttl(self._seconds, value), size
            )
        return value
