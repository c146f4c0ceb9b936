"""The layout of entries and tags in Redis."""

import asyncio
import re
import secrets
from collections.abc import Collection
from itertools import chain
from typing import NamedTuple, cast

from app.shop.cache.jitter import jittered_ttl
from app.shop.cache.redis_opening import RedisOpener
from app.shop.cache.redis_pipeline import Pipeline
from app.shop.cache.single_flight import SingleFlight

# Generations should outlive their entries; one that expires early costs only a few misses.
GENERATION_TTL = 100

_ABSENT, _PRESENT = b"-", b"+"

Lookup = tuple[str, tuple[str, ...]]
"""The key of an entry, and its tags."""


class LookupResult(NamedTuple):
    """A hit, or what it takes to store the missing entry."""

    hit: bool
    value: bytes | None
    generations: bytes
    """The current generations of the entry's tags, to be stored with a new entry."""


class NewEntry(NamedTuple):
    """An entry to store."""

    key: str
    generations: bytes
    value: bytes | None


class RedisStore:
    """Entries in the Redis server at ``url``, under the key ``prefix``, with a TTL of at most
    ``seconds``.

    Every tag has a *generation*, a random value stored under its own key, and one global generation
    covers all entries. An entry starts with the generations that were current when its computation
    began, and is a hit only while these are unchanged. Dropping a tag deletes its generation; the
    next lookup creates a new one, which no existing entry matches. Eviction or expiry of a
    generation therefore only invalidates entries, and never makes a stale one valid.

    Every method makes one round trip; ``find`` makes a second one if it has to create generations.
    All raise ``RedisError`` or ``OSError`` if Redis is unavailable.
    """

    def __init__(self, url: str, prefix: str, seconds: float, *, timeout: float) -> None:
        self.global_generation = f"{prefix}generation"
        self._prefix = prefix
        self._seconds = seconds
        self._opener = RedisOpener(url, timeout)
        self._pipeline: Pipeline | None = None
        self._connecting: SingleFlight[Pipeline] = SingleFlight()
        self._server = b""

    def generation_key(self, tag: str) -> str:
        """The key that holds the tag's generation."""
        return f"{self._prefix}tag:{tag}"

    async def find(self, lookups: list[Lookup]) -> list[LookupResult]:
        """One result for each lookup, in the same order."""
        wanted = set(lookups)
        entries = [self._entry_key(key) for key, _ in wanted]
        tags = {self.generation_key(tag) for tag in chain.from_iterable(tags for _, tags in wanted)}
        names = [self.global_generation, *tags, *entries]
        pipeline = await self._get_pipeline()
        answers = cast(list[bytes | None], await pipeline.ask("MGET", *names))
        values = dict(zip(names, answers, strict=True))
        if missing := [name for name in (self.global_generation, *tags) if values[name] is None]:
            values |= await self._create_generations(missing)
        found = {lookup: self._result(lookup, values) for lookup in wanted}
        return [found[lookup] for lookup in lookups]

    async def store(self, entries: list[NewEntry]) -> None:
        pipeline = await self._get_pipeline()
        await asyncio.gather(
            *[pipeline.ask("SET", *self._set_arguments(entry)) for entry in entries]
        )

    async def delete(self, generations: Collection[str]) -> None:
        pipeline = await self._get_pipeline()
        await pipeline.ask("DEL", *generations)

    async def delete_and_write(self, generations: Collection[str]) -> None:
        """Also probe with a write, and raise if Redis answers but rejects writes."""
        pipeline = await self._get_pipeline()
        replies = [pipeline.ask("SET", f"{self._prefix}probe", "", "PX", "1")]
        if generations:
            replies.append(pipeline.ask("DEL", *generations))
        await asyncio.gather(*replies)

    async def close(self) -> None:
        await self._connecting.close()
        if self._pipeline is not None:
            pipeline, self._pipeline = self._pipeline, None
            await pipeline.close()

    async def _get_pipeline(self) -> Pipeline:
        """Connect if necessary. Until ``close``, the connection belongs to this event loop."""
        if self._pipeline is not None and not self._pipeline.closed:
            return self._pipeline
        return await self._connecting.run((), self._connect)

    async def _connect(self) -> Pipeline:
        if self._pipeline is not None:
            await self._pipeline.close()
        pipeline = await self._opener.open()
        try:
            await self._check_for_restart(pipeline)
        except BaseException:
            await pipeline.close()
            raise
        self._pipeline = pipeline
        return pipeline

    async def _check_for_restart(self, pipeline: Pipeline) -> None:
        """Drop all entries if the server has restarted: it may have loaded a snapshot from before
        the latest drops."""
        run = re.search(rb"run_id:(\w+)", cast(bytes, await pipeline.ask("INFO", "server")))
        self._server = run[1] if run else b""
        generation = cast(bytes | None, await pipeline.ask("GET", self.global_generation))
        if generation is not None and not generation.startswith(self._server):
            await pipeline.ask("DEL", self.global_generation)

    async def _create_generations(self, names: list[str]) -> dict[str, bytes | None]:
        """Create the missing generations, or adopt those another worker creates concurrently."""
        created = {name: secrets.token_bytes(8) for name in names}
        if self.global_generation in created:
            created[self.global_generation] = self._server + created[self.global_generation]
        ttl = str(_milliseconds(self._seconds * GENERATION_TTL))
        pipeline = await self._get_pipeline()
        replies = [pipeline.ask("SET", *one, "PX", ttl, "NX") for one in created.items()]
        *_, found = await asyncio.gather(*replies, pipeline.ask("MGET", *names))
        answers = cast(list[bytes | None], found)
        # If one was dropped in between, our value matches no stored generation: always a miss.
        return {name: answer or created[name] for name, answer in zip(names, answers, strict=True)}

    def _result(self, lookup: Lookup, values: dict[str, bytes | None]) -> LookupResult:
        key, tags = lookup
        names = (self.global_generation, *map(self.generation_key, tags))
        joined = b"".join([values[name] or b"" for name in names])
        # The length prefix ensures that no list of generations is a prefix of another one.
        generations = len(joined).to_bytes(2) + joined
        entry = values[self._entry_key(key)]
        if entry is None or not entry.startswith(generations):
            return LookupResult(False, None, generations)
        mark = len(generations)
        absent = entry[mark : mark + 1] == _ABSENT
        return LookupResult(True, None if absent else entry[mark + 1 :], generations)

    def _set_arguments(self, entry: NewEntry) -> tuple[str | bytes, ...]:
        value = _ABSENT if entry.value is None else _PRESENT + entry.value
        ttl = str(_milliseconds(jittered_ttl(self._seconds, entry.value)))
        return self._entry_key(entry.key), entry.generations + value, "PX", ttl

    def _entry_key(self, key: str) -> str:
        return f"{self._prefix}entry:{key}"


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
