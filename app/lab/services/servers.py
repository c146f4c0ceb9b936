"""The two servers of one supervisor, and the data on them."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.lab.services.binaries import find_postgres, find_redis
from app.lab.services.errors import ServicesError
from app.lab.services.external import check_postgres, check_redis, plain_url, sqlalchemy_url
from app.lab.services.messages import Message
from app.lab.services.paths import Instance
from app.lab.services.postgres import PostgresServer
from app.lab.services.redis_server import RedisServer, delete_keys
from app.lab.services.room import COPY, NEXT_COPY, NEXT_RESERVE, free_bytes, require_room
from app.lab.services.seeding import Progress, run_seeding
from app.lab.services.service import Service
from app.lab.services.sockets import socket_directory
from app.lab.services.templates import DamagedTemplate, Databases, redis_prefix

NOT_STARTED = Service(None, None, "", "It has not been started yet.")


class Servers:
    """PostgreSQL and Redis, either of which works without the other.

    One copy of the database is made in advance, so that a lease does not have to wait for it.
    """

    def __init__(self, instance: Instance) -> None:
        self.postgres = NOT_STARTED
        self.redis = NOT_STARTED
        self.generation = 0
        """Counts the starts of PostgreSQL, each of which drops all copies."""
        self._instance = instance
        self._own_postgres: PostgresServer | None = None
        self._own_redis: RedisServer | None = None
        self._databases: Databases | None = None
        self._starting = asyncio.Lock()
        self._loading = asyncio.Lock()
        self._reserve: asyncio.Task[str] | None = None
        self._subscribers: list[Progress] = []
        self._sockets: Path | None = None

    async def start(self, progress: Progress) -> None:
        """Start whatever is not running. A server that fails gets a ``problem``; call again to
        retry."""
        with self._subscribed(progress):
            await self._start()

    async def _start(self) -> None:
        async with self._starting:
            if not (self._postgres_is_up and self._redis_is_up):
                self._report("Starting PostgreSQL and Redis", 0.0)
            if self._own_postgres is None and self._own_redis is None:
                self._sockets = await asyncio.to_thread(socket_directory, self._instance)
            self.postgres, self.redis = await asyncio.gather(
                self._ensure_postgres(), self._ensure_redis()
            )

    async def stop(self) -> None:
        await self._drop_reserve()
        if self._databases:
            await self._databases.close()
        await asyncio.gather(
            *(server.stop() for server in (self._own_postgres, self._own_redis) if server)
        )

    async def lease(self, progress: Progress) -> Message:
        """A copy of the seeded database and a Redis prefix.

        Raises ``ServicesError`` if there is no PostgreSQL, or no room for the copy."""
        await self.start(progress)
        if self._databases is None or self.postgres.url is None:
            raise ServicesError(self.postgres.problem or "PostgreSQL is not running.")
        try:
            await self.load(progress)
            name = await self._acquire_copy(self._databases)
        except DamagedTemplate:
            await self._databases.drop(self._databases.template)
            await self.load(progress)
            name = await self._acquire_copy(self._databases)
        except ServicesError:
            # PostgreSQL that ran out of room says only that it restarts.
            self._require_room(NEXT_COPY)
            raise
        return {
            "database": name,
            "database_url": sqlalchemy_url(self.postgres.url, name),
            "redis_url": self.redis.url,
            "redis_prefix": redis_prefix(name),
        }

    async def load(self, progress: Progress) -> None:
        """Load the template database if it does not exist."""
        if self._databases is None:
            return
        with self._subscribed(progress):
            async with self._loading:
                await self._databases.ensure_template(self._fill, self._report)
                self._refill(self._databases)

    async def _fill(self, dsn: str, progress: Progress) -> None:
        self._require_room(2 * COPY)
        await run_seeding(dsn, progress)

    async def _acquire_copy(self, databases: Databases) -> str:
        """The reserved copy or else a new one; then start making the next."""
        reserve, self._reserve = self._reserve, None
        name = None
        if reserve is not None:
            with contextlib.suppress(Exception):
                name = await asyncio.shield(reserve)
        if name is None:
            self._require_room(NEXT_COPY)
            name = await databases.copy()
        self._refill(databases)
        return name

    def _refill(self, databases: Databases) -> None:
        if self._reserve is not None or self._databases is not databases:
            return
        if not self._own_postgres or free_bytes(self._instance.directory) > NEXT_RESERVE:
            self._reserve = asyncio.create_task(databases.copy())

    def _require_room(self, needed: int) -> None:
        if self._own_postgres:
            require_room(self._instance.directory, needed, "A copy of the course's data")

    async def release(self, database: str) -> None:
        """Drop a copy and its Redis keys, as far as their servers still answer."""
        if self.redis.url:
            with contextlib.suppress(Exception):
                await delete_keys(self.redis.url, redis_prefix(database))
        if self._databases:
            with contextlib.suppress(ServicesError, OSError):
                await self._databases.drop(database)

    def _report(self, text: str, fraction: float) -> None:
        for subscriber in self._subscribers:
            subscriber(text, fraction)

    @contextmanager
    def _subscribed(self, progress: Progress) -> Iterator[None]:
        """Report progress to ``progress``, even of work that another client started."""
        self._subscribers.append(progress)
        try:
            yield
        finally:
            self._subscribers.remove(progress)

    async def _drop_reserve(self) -> None:
        reserve, self._reserve = self._reserve, None
        if reserve is not None:
            with contextlib.suppress(Exception):
                await self.release(await reserve)

    async def renew_lock(self) -> None:
        """Reacquire the lock that marks our copies as in use, if it was lost."""
        if self._databases:
            with contextlib.suppress(ServicesError):
                await self._databases.acquire_lock()

    @property
    def _postgres_is_up(self) -> bool:
        own = self._own_postgres
        return self.postgres.url is not None and (own is None or own.running)

    @property
    def _redis_is_up(self) -> bool:
        own = self._own_redis
        return self.redis.url is not None and (own is None or own.running)

    async def _ensure_postgres(self) -> Service:
        if self._postgres_is_up:
            return self.postgres
        origin = "DATABASE_URL"
        try:
            if given := os.environ.get("DATABASE_URL"):
                url = plain_url(given)
                name = await check_postgres(url)
            else:
                home = self._instance.directory.parent
                programs = await asyncio.to_thread(find_postgres, home)
                origin = programs.origin
                self._own_postgres = PostgresServer(self._instance, programs, self._sockets)
                await self._own_postgres.start()
                url = self._own_postgres.url
                name = await check_postgres(url)
            await self._adopt(url)
        except ServicesError as error:
            return Service(None, None, origin, str(error))
        return Service(url, name, origin)

    async def _adopt(self, url: str) -> None:
        """Become an owner of copies on the server at ``url``, and drop abandoned ones."""
        if self._databases:
            await self._databases.close()
        self._reserve = None
        self.generation += 1
        self._databases = Databases(
            url, self._instance.fingerprint, shared=self._own_postgres is None
        )
        await self._databases.acquire_lock()
        unused = await self._databases.abandoned()
        if self._own_postgres:
            unused += await self._databases.other_templates()
        for name in unused:
            # On a shared server it may belong to another role, which alone may drop it.
            with contextlib.suppress(Exception):
                await self.release(name)

    async def _ensure_redis(self) -> Service:
        if self._redis_is_up:
            return self.redis
        origin = "REDIS_URL"
        try:
            if url := os.environ.get("REDIS_URL"):
                return Service(url, await check_redis(url), origin)
            program, origin = await asyncio.to_thread(find_redis, self._instance.directory.parent)
            self._own_redis = RedisServer(self._instance, program, self._sockets)
            await self._own_redis.start()
            return Service(self._own_redis.url, self._own_redis.name, origin)
        except ServicesError as error:
            return Service(None, None, "" if origin == "REDIS_URL" else origin, str(error))
