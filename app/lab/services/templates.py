"""The seeded template database and its copies, on our own server or an external one.

Copies are named ``course_OWNER_LEASE``. While a supervisor is alive, one of its connections holds
an advisory lock with the number OWNER. A copy whose owner's lock is not held is abandoned; that
works on our own server as well as on one that many people share.
"""

import asyncio
import contextlib
import re
import secrets
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.lab.services.errors import ServicesError
from app.lab.services.external import with_database

if TYPE_CHECKING:
    import asyncpg

OWNERS = 0x636F7572
"""The class of the advisory locks that owners hold."""

SEEDERS = 0x736F7773
"""The class of the advisory locks that let one supervisor load a template at a time."""

COPY = re.compile(r"course_([0-9a-f]{8})_([0-9a-z]+)")

Progress = Callable[[str, float], None]
Fill = Callable[[str, Progress], Awaitable[None]]
"""Fills the empty database at a URL."""


class DamagedTemplate(ServicesError):
    """Files of the template database are missing or cannot be read."""


def redis_prefix(copy: str) -> str:
    """The key prefix of the lease with this copy."""
    return f"{copy.rpartition('_')[2]}:"


class Databases:
    """The databases of one supervisor on the server at ``url``."""

    def __init__(self, url: str, fingerprint: str, *, shared: bool) -> None:
        """``shared``: whether others than the course use the server as well."""
        self.template = f"shop_template_{fingerprint}"
        self._url = url
        self._shared = shared
        self._owner = secrets.randbits(31)
        self._lock_holder: asyncpg.Connection | None = None
        self._acquiring = asyncio.Lock()

    async def close(self) -> None:
        holder, self._lock_holder = self._lock_holder, None
        if holder is not None:
            with contextlib.suppress(Exception):
                await holder.close(timeout=5)

    async def abandoned(self) -> list[str]:
        """Copies whose supervisor is no longer alive."""
        async with self._connection() as connection:
            # In this order: an owner acquires its lock before it creates a copy.
            rows = await connection.fetch("SELECT datname FROM pg_database")
            names = [row[0] for row in rows if COPY.fullmatch(row[0])]
            rows = await connection.fetch(
                "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted "
                "AND classid = $1",
                OWNERS,
            )
        alive = {row[0] for row in rows}
        return [name for name in names if int(name.split("_")[1], 16) not in alive]

    async def ensure_template(self, fill: Fill, progress: Progress) -> None:
        """Load the template if it does not exist or has lost files. Other supervisors wait for it
        meanwhile."""
        if await self._has_template():
            return
        progress("Loading the course's data", 0.0)
        async with self._connection() as connection:
            await connection.execute(
                f"SELECT pg_advisory_lock({SEEDERS}, {zlib.crc32(self.template.encode()) >> 1})"
            )
            if not await self._has_template():
                await self.drop(self.template)
                await self._load_template(fill, progress)

    async def copy(self) -> str:
        """Copy the template; returns the copy's name. Raises ``DamagedTemplate`` if it cannot be
        read, ``ServicesError`` if the copy fails for another reason."""
        import asyncpg

        await self.acquire_lock()
        name = self._name(secrets.token_hex(3))
        async with self._connection() as connection:
            strategy = self._strategy(connection.get_server_version().major)
            try:
                await connection.execute(
                    f"CREATE DATABASE {name} TEMPLATE {self.template}{strategy}"
                )
            except (
                asyncpg.UndefinedFileError,
                asyncpg.PostgresIOError,
                asyncpg.DataCorruptedError,
            ) as error:
                raise DamagedTemplate(f"The data cannot be read: {error}.") from None
            except asyncpg.PostgresError as error:
                raise ServicesError(f"The data cannot be copied: {error}.") from None
            await connection.execute(f"ALTER DATABASE {name} SET timezone = 'UTC'")
        return name

    def _strategy(self, major: int) -> str:
        """FILE_COPY takes a third of the time and CPU of the default, WAL_LOG, which also writes
        the whole copy to the log. But it begins and ends with a checkpoint, which would write out
        what others have changed on a shared server. Before PostgreSQL 15, it was the only way."""
        return "" if self._shared or major < 15 else " STRATEGY FILE_COPY"

    async def drop(self, name: str) -> None:
        """Drop a database even if it has connections. Does nothing if it does not exist."""
        import asyncpg

        async with self._connection() as connection:
            if await connection.fetchval(
                "SELECT datistemplate FROM pg_database WHERE datname=$1", name
            ):
                await connection.execute(f"ALTER DATABASE {name} IS_TEMPLATE false")
            with contextlib.suppress(asyncpg.InvalidCatalogNameError):
                await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def other_templates(self) -> list[str]:
        """Templates of data other than ours."""
        async with self._connection() as connection:
            rows = await connection.fetch(
                "SELECT datname FROM pg_database "
                "WHERE starts_with(datname, 'shop_template_') AND datname <> $1",
                self.template,
            )
        return [row[0] for row in rows]

    async def _has_template(self) -> bool:
        """Whether it is there and its files are as long as when it was loaded."""
        async with self._connection() as connection:
            recorded = await connection.fetchval(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
                "WHERE datname = $1 AND datistemplate",
                self.template,
            )
            return recorded is not None and recorded == await _size(connection, self.template)

    async def _load_template(self, fill: Fill, progress: Progress) -> None:
        import asyncpg

        name = self._name("loading")
        await self.drop(name)
        await self._create_empty(name)
        try:
            await fill(with_database(self._url, name), progress)
            await self._freeze(name)
        except asyncpg.DuplicateDatabaseError:
            await self.drop(name)  # another supervisor was faster
        except BaseException:
            with contextlib.suppress(Exception):
                await self.drop(name)
            raise

    async def _create_empty(self, name: str) -> None:
        async with self._connection() as connection:
            # As on our own server, so that text sorts the same way everywhere.
            provider = "LOCALE_PROVIDER libc" if _major(connection) >= 15 else ""
            await connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' "
                f"LC_COLLATE 'C' LC_CTYPE 'C' {provider}"
            )
            await connection.execute(f"ALTER DATABASE {name} SET timezone = 'UTC'")

    async def _freeze(self, name: str) -> None:
        """Turn the loaded database into the template; renamed last, it is complete or absent. Its
        size is recorded as its comment."""
        async with self._connection() as connection:
            await connection.execute(f"ALTER DATABASE {name} IS_TEMPLATE true")
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = $1 AND backend_type = 'client backend'",
                name,
            )
            size = await _size(connection, name)
            await connection.execute(f"COMMENT ON DATABASE {name} IS '{size}'")
            await connection.execute(f"ALTER DATABASE {name} RENAME TO {self.template}")

    def _name(self, last: str) -> str:
        return f"course_{self._owner:08x}_{last}"

    async def acquire_lock(self) -> None:
        """Acquire the owner's lock, or reacquire it if its connection was lost."""
        async with self._acquiring:
            if self._lock_holder is not None and not self._lock_holder.is_closed():
                return
            holder = await self._connect()
            with _translating_loss():
                await holder.execute(f"SELECT pg_advisory_lock({OWNERS}, {self._owner})")
            self._lock_holder = holder

    async def _connect(self) -> "asyncpg.Connection":
        import asyncpg

        try:
            return await asyncpg.connect(
                self._url, timeout=30, server_settings={"application_name": "course"}
            )
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise _lost(error) from None

    @asynccontextmanager
    async def _connection(self) -> "AsyncIterator[asyncpg.Connection]":
        connection = await self._connect()
        try:
            with _translating_loss():
                yield connection
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=5)


async def _size(connection: "asyncpg.Connection", database: str) -> str:
    """The length of a database's files, so that missing ones are noticed. Only a superuser may
    look at them; an external server is its administrator's to check."""
    if not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return "unknown"
    # Not pg_database_size, which counts a cache that the server removes when it starts.
    size = await connection.fetchval(
        "SELECT sum((pg_stat_file(folder || '/' || name, true)).size) "
        "FROM (SELECT 'base/' || oid AS folder FROM pg_database WHERE datname = $1) AS own, "
        "pg_ls_dir(folder, true, false) AS name WHERE name <> 'pg_internal.init'",
        database,
    )
    return f"{size} bytes"


@contextlib.contextmanager
def _translating_loss() -> Iterator[None]:
    """Raise ``ServicesError`` if the server goes away or terminates the connection."""
    import asyncpg

    try:
        yield
    except (
        OSError,
        asyncpg.InterfaceError,
        asyncpg.OperatorInterventionError,
        asyncpg.PostgresConnectionError,
    ) as error:
        raise _lost(error) from None


def _lost(error: Exception) -> ServicesError:
    return ServicesError(f"PostgreSQL no longer answers: {str(error).rstrip('.')}.")


def _major(connection: "asyncpg.Connection") -> int:
    return int(connection.get_server_version().major)
