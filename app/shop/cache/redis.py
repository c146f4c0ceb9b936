"""A cache in Redis, which all workers share."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import chain

from redis.exceptions import RedisError

from app.shop.cache.batches import Batches
from app.shop.cache.outage import Outage
from app.shop.cache.protocol import Make
from app.shop.cache.redis_store import Found, Lookup, Made, RedisStore
from app.shop.cache.single_flight import SingleFlight

# Round trips of each kind that one worker has under way at most, all on one connection.
LOOKUPS, STORES, DROPS = 4, 2, 2

MAX_OWED = 10_000


class RedisCache:
    """Entries in Redis at ``url``, each for at most ``seconds``, below the key ``prefix``.

    A hit costs one round trip (``MGET``), a miss a second one (``SET``), and a third for the first
    entry of a tag; a drop costs one (``DEL``), however many entries it concerns. What requests ask
    for at the same time goes out together.

    While Redis is away, everything is made anew. It is left alone for ``pause`` seconds after a
    failure; ``timeout``, also in seconds, is what one attempt takes at most. Drops that it missed
    are delivered when it is back, and this worker reads nothing until then. Others may, if Redis
    was away for this one only; and those of a worker that ends meanwhile are lost. Entries then
    live on for up to ``seconds``.
    """

    def __init__(
        self, url: str, prefix: str, seconds: float, *, timeout: float = 1.0, pause: float = 2.0
    ) -> None:
        self._store = RedisStore(url, prefix, seconds, timeout=timeout)
        self._outage = Outage("Redis", pause)
        self._owed: set[str] = set()
        self._delivering = False
        self._drops = 0
        self._flights: SingleFlight[bytes | None] = SingleFlight()
        self._lookups = Batches(self._look_up, LOOKUPS)
        self._stores = Batches(self._keep, STORES)
        self._deletions = Batches(self._delete, DROPS)

    async def get_or_make(self, key: str, tags: Collection[str], make: Make) -> bytes | None:
        found = None
        if self._outage.over or await self._recover():
            found = await self._lookups.ask((key, tuple(sorted(tags))))
        if found is None:
            # The drops of other workers do not arrive now; our own are counted.
            return await self._flights.run((key, self._drops), make)
        if found.kept:
            return found.value
        # Who asks after a drop finds new generations, so does not join a flight from earlier.
        return await self._flights.run(
            (key, found.generations), partial(self._make, key, found.generations, make)
        )

    async def drop(self, tags: Collection[str]) -> None:
        self._drops += 1
        if tags:
            await self._deletions.ask([self._store.generation(tag) for tag in tags])

    async def close(self) -> None:
        await self._flights.close()
        for batches in (self._lookups, self._stores, self._deletions):
            await batches.close()
        if self._owed:
            await self._deliver()
        await self._store.close()

    async def _make(self, key: str, generations: bytes, make: Make) -> bytes | None:
        value = await make()
        await self._stores.ask(Made(key, generations, value))
        # Lookups that left earlier than the entry arrived may find none; they will find this task.
        await self._lookups.settled()
        return value

    async def _look_up(self, lookups: list[Lookup]) -> Sequence[Found | None]:
        """What Redis has of each; ``None`` where it cannot be asked."""
        if self._outage.over:
            try:
                return await self._store.find(lookups)
            except (RedisError, OSError) as error:
                self._outage.begin(error)
        return [None] * len(lookups)

    async def _keep(self, made: list[Made]) -> Sequence[None]:
        if self._outage.over:
            try:
                await self._store.store(made)
            except (RedisError, OSError) as error:
                self._outage.begin(error)
        return [None] * len(made)

    async def _delete(self, generations: list[list[str]]) -> Sequence[None]:
        names = set(chain.from_iterable(generations))
        delivered = False
        try:
            if self._outage.over:
                await self._store.delete(names)
                delivered = True
        except (RedisError, OSError) as error:
            self._outage.begin(error)
        finally:
            if not delivered:
                self._owe(names)
        return [None] * len(generations)

    def _owe(self, generations: Iterable[str]) -> None:
        self._owed.update(generations)
        if self._store.everything in self._owed or len(self._owed) > MAX_OWED:
            self._owed = {self._store.everything}

    async def _recover(self) -> bool:
        """Whether Redis is back, and has been told what it missed."""
        if self._delivering or not self._outage.may_ask():
            return False
        self._delivering = True
        try:
            return await self._deliver()
        finally:
            self._delivering = False

    async def _deliver(self) -> bool:
        while True:
            owed, self._owed = self._owed, set()
            delivered = False
            try:
                await self._store.delete_and_write(owed)
                delivered = True
            except (RedisError, OSError) as error:
                self._outage.begin(error)
                return False
            finally:
                if not delivered:
                    self._owe(owed)
            if not self._owed:
                self._outage.end()
                return True
