"""A cache in Redis, shared by all workers."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import chain

from redis.exceptions import RedisError

from app.shop.cache.batcher import Batcher
from app.shop.cache.circuit_breaker import CircuitBreaker
from app.shop.cache.protocol import Make
from app.shop.cache.redis_store import Lookup, LookupResult, NewEntry, RedisStore
from app.shop.cache.single_flight import SingleFlight

# Limits on the round trips of each kind that one worker has in flight, all on one connection.
LOOKUPS, STORES, DROPS = 4, 2, 2

MAX_PENDING_DROPS = 10_000


class RedisCache:
    """Entries in the Redis server at ``url``, under the key ``prefix``, with a TTL of at most
    ``seconds``.

    A hit costs one round trip (``MGET``), a miss a second one (``SET``), and the first use of a tag
    a third. A drop costs one (``DEL``), however many entries it invalidates. Concurrent operations
    are batched.

    While Redis is unavailable, every lookup is a miss. One operation takes at most ``timeout``
    seconds, and after a failure Redis is not tried again for ``pause`` seconds. Drops during an
    outage are queued and flushed when Redis is back; until then this worker reads nothing from the
    cache. If the outage affected only this worker, others may serve stale entries meanwhile, and
    queued drops are lost if the worker exits. Stale entries expire after at most ``seconds``.
    """

    def __init__(
        self, url: str, prefix: str, seconds: float, *, timeout: float = 1.0, pause: float = 2.0
    ) -> None:
        self._store = RedisStore(url, prefix, seconds, timeout=timeout)
        self._breaker = CircuitBreaker("Redis", pause)
        self._pending_drops: set[str] = set()
        self._recovering = False
        self._drops = 0
        self._flights: SingleFlight[bytes | None] = SingleFlight()
        self._lookups = Batcher(self._look_up, LOOKUPS)
        self._stores = Batcher(self._store_batch, STORES)
        self._deletions = Batcher(self._delete, DROPS)

    async def get_or_make(self, key: str, tags: Collection[str], make: Make) -> bytes | None:
        found = None
        if self._breaker.closed or await self._recover():
            found = await self._lookups.submit((key, tuple(sorted(tags))))
        if found is None:
            # Without Redis only this worker's own drops are known: count them.
            return await self._flights.run((key, self._drops), make)
        if found.hit:
            return found.value
        # A drop starts new generations, so later callers do not join a flight from before it.
        return await self._flights.run(
            (key, found.generations), partial(self._fill, key, found.generations, make)
        )

    async def drop(self, tags: Collection[str]) -> None:
        self._drops += 1
        if tags:
            await self._deletions.submit([self._store.generation_key(tag) for tag in tags])

    async def close(self) -> None:
        await self._flights.close()
        for batcher in (self._lookups, self._stores, self._deletions):
            await batcher.close()
        if self._pending_drops:
            await self._flush_drops()
        await self._store.close()

    async def _fill(self, key: str, generations: bytes, make: Make) -> bytes | None:
        value = await make()
        await self._stores.submit(NewEntry(key, generations, value))
        # Lookups sent before the entry was stored may still miss: keep this flight running until
        # they have returned, so that their callers can join it.
        await self._lookups.wait_in_flight()
        return value

    async def _look_up(self, lookups: list[Lookup]) -> Sequence[LookupResult | None]:
        """One result for each lookup; ``None`` if Redis is unavailable."""
        if self._breaker.closed:
            try:
                return await self._store.find(lookups)
            except (RedisError, OSError) as error:
                self._breaker.record_failure(error)
        return [None] * len(lookups)

    async def _store_batch(self, entries: list[NewEntry]) -> Sequence[None]:
        if self._breaker.closed:
            try:
                await self._store.store(entries)
            except (RedisError, OSError) as error:
                self._breaker.record_failure(error)
        return [None] * len(entries)

    async def _delete(self, generations: list[list[str]]) -> Sequence[None]:
        names = set(chain.from_iterable(generations))
        done = False
        try:
            if self._breaker.closed:
                await self._store.delete(names)
                done = True
        except (RedisError, OSError) as error:
            self._breaker.record_failure(error)
        finally:
            if not done:
                self._queue_drops(names)
        return [None] * len(generations)

    def _queue_drops(self, generations: Iterable[str]) -> None:
        self._pending_drops.update(generations)
        if (
            self._store.global_generation in self._pending_drops
            or len(self._pending_drops) > MAX_PENDING_DROPS
        ):
            self._pending_drops = {self._store.global_generation}

    async def _recover(self) -> bool:
        """Whether Redis is back and all queued drops have been applied."""
        if self._recovering or not self._breaker.allow_probe():
            return False
        self._recovering = True
        try:
            return await self._flush_drops()
        finally:
            self._recovering = False

    async def _flush_drops(self) -> bool:
        while True:
            drops, self._pending_drops = self._pending_drops, set()
            done = False
            try:
                await self._store.delete_and_write(drops)
                done = True
            except (RedisError, OSError) as error:
                self._breaker.record_failure(error)
                return False
            finally:
                if not done:
                    self._queue_drops(drops)
            if not self._pending_drops:
                self._breaker.record_success()
                return True
