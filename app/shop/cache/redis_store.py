"""How entries and their tags are kept in Redis."""

import asyncio
import re
import secrets
from collections.abc import Collection
from itertools import chain
from typing import NamedTuple, cast

from app.shop.cache.jitter import life
from app.shop.cache.redis_opening import RedisOpener
from app.shop.cache.redis_pipeline import Pipeline
from app.shop.cache.single_flight import SingleFlight

# Generations outlive the entries that belong to them. One that ends early costs a few misses.
GENERATION_LIVES = 100

_NOTHING, _SOMETHING = b"-", b"+"

Lookup = tuple[str, tuple[str, ...]]
"""The key of an entry, and its tags."""


class Found(NamedTuple):
    """What Redis had at the time of asking."""

    kept: bool
    value: bytes | None
    generations: bytes
    """Of everything that the entry depends on: what is made from now on belongs to them."""


class Made(NamedTuple):
    """What is to be stored."""

    key: str
    generations: bytes
    value: bytes | None


class RedisStore:
    """Entries in Redis at ``url``, each for at most ``seconds``, below the key ``prefix``.

    Every tag has a *generation*, a random number below a key of its own; one more stands for
    everything. An entry begins with the generations that were valid when its making began, and is
    found only while Redis still has exactly these. To drop a tag is to delete its generation; the
    next one who needs it draws another, which no entry has. A generation that Redis evicts or that
    expires is thus dropped: an entry is never taken for valid because something was forgotten.

    Every method makes one round trip, ``find`` another one where a generation has to be drawn, and
    raises ``RedisError`` or ``OSError`` where Redis cannot be used.
    """

    def __init__(self, url: str, prefix: str, seconds: float, *, timeout: float) -> None:
        self.everything = f"{prefix}generation"
        self._prefix = prefix
        self._seconds = seconds
        self._opener = RedisOpener(url, timeout)
        self._pipeline: Pipeline | None = None
        self._connecting: SingleFlight[Pipeline] = SingleFlight()
        self._server = b""

    def generation(self, tag: str) -> str:
        """The key of the tag's generation."""
        return f"{self._prefix}tag:{tag}"

    async def find(self, lookups: list[Lookup]) -> list[Found]:
        """What there is of each, in their order."""
        wanted = set(lookups)
        entries = [self._entry(key) for key, _ in wanted]
        tags = {self.generation(tag) for tag in chain.from_iterable(tags for _, tags in wanted)}
        names = [self.everything, *tags, *entries]
        pipeline = await self._connected()
        answers = cast(list[bytes | None], await pipeline.ask("MGET", *names))
        values = dict(zip(names, answers, strict=True))
        if missing := [name for name in (self.everything, *tags) if values[name] is None]:
            values |= await self._draw(missing)
        found = {lookup: self._judge(lookup, values) for lookup in wanted}
        return [found[lookup] for lookup in lookups]

    async def store(self, made: list[Made]) -> None:
        pipeline = await self._connected()
        await asyncio.gather(*[pipeline.ask("SET", *self._entry_of(one)) for one in made])

    async def delete(self, generations: Collection[str]) -> None:
        pipeline = await self._connected()
        await pipeline.ask("DEL", *generations)

    async def delete_and_write(self, generations: Collection[str]) -> None:
        """Raises also where Redis answers, but refuses to write."""
        pipeline = await self._connected()
        asked = [pipeline.ask("SET", f"{self._prefix}probe", "", "PX", "1")]
        if generations:
            asked.append(pipeline.ask("DEL", *generations))
        await asyncio.gather(*asked)

    async def close(self) -> None:
        await self._connecting.close()
        if self._pipeline is not None:
            pipeline, self._pipeline = self._pipeline, None
            await pipeline.close()

    async def _connected(self) -> Pipeline:
        """It connects when it is used, and belongs to the loop that uses it until ``close``."""
        if self._pipeline is not None and not self._pipeline.closed:
            return self._pipeline
        return await self._connecting.run((), self._connect)

    async def _connect(self) -> Pipeline:
        if self._pipeline is not None:
            await self._pipeline.close()
        pipeline = await self._opener.open()
        try:
            await self._greet(pipeline)
        except BaseException:
            await pipeline.close()
            raise
        self._pipeline = pipeline
        return pipeline

    async def _greet(self, pipeline: Pipeline) -> None:
        """A server that starts again may have an old snapshot, and not know of the last drops."""
        run = re.search(rb"run_id:(\w+)", cast(bytes, await pipeline.ask("INFO", "server")))
        self._server = run[1] if run else b""
        generation = cast(bytes | None, await pipeline.ask("GET", self.everything))
        if generation is not None and not generation.startswith(self._server):
            await pipeline.ask("DEL", self.everything)

    async def _draw(self, names: list[str]) -> dict[str, bytes | None]:
        """New generations for those that have none; another worker's, where it draws them now."""
        drawn = {name: secrets.token_bytes(8) for name in names}
        if self.everything in drawn:
            drawn[self.everything] = self._server + drawn[self.everything]
        lifetime = str(_milliseconds(self._seconds * GENERATION_LIVES))
        pipeline = await self._connected()
        asked = [pipeline.ask("SET", *one, "PX", lifetime, "NX") for one in drawn.items()]
        *_, found = await asyncio.gather(*asked, pipeline.ask("MGET", *names))
        answers = cast(list[bytes | None], found)
        # Where one was dropped in between, ours stays: nobody else has it, so nothing is shared.
        return {name: answer or drawn[name] for name, answer in zip(names, answers, strict=True)}

    def _judge(self, lookup: Lookup, values: dict[str, bytes | None]) -> Found:
        key, tags = lookup
        names = (self.everything, *map(self.generation, tags))
        joined = b"".join([values[name] or b"" for name in names])
        # With its length, for no list of generations may be the beginning of another.
        generations = len(joined).to_bytes(2) + joined
        entry = values[self._entry(key)]
        if entry is None or not entry.startswith(generations):
            return Found(False, None, generations)
        mark = len(generations)
        nothing = entry[mark : mark + 1] == _NOTHING
        return Found(True, None if nothing else entry[mark + 1 :], generations)

    def _entry_of(self, made: Made) -> tuple[str | bytes, ...]:
        value = _NOTHING if made.value is None else _SOMETHING + made.value
        life_time = str(_milliseconds(life(self._seconds, made.value)))
        return self._entry(made.key), made.generations + value, "PX", life_time

    def _entry(self, key: str) -> str:
        return f"{self._prefix}entry:{key}"


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
