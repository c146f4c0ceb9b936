"""A database that lets only so many connections in, on a server that others use as well."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.course.errors import CourseError

_SUFFIX = "_guest"
_LEFT_BEHIND = text(
    "SELECT rolname FROM pg_roles WHERE rolname ~ '^course_.*_guest$' AND NOT EXISTS "
    "(SELECT FROM pg_database WHERE datname = regexp_replace(rolname, '_guest$', ''))"
)


@asynccontextmanager
async def connection_limit(database_url: str, limit: int) -> AsyncIterator[str]:
    """A URL of the same database through which at most ``limit`` connections can be open.

    The next one is refused as a full server refuses it: SQLSTATE 53300, ``too_many_connections``.
    No limit applies to a superuser, so in place of one a guest, who may read and write all data,
    gets a limit of its own. Anyone else owns the database and can limit it as a whole, including
    the connections that are open already. Either way all is as before at the end.
    """
    url = make_url(database_url)
    async with _connected(url) as connection:
        is_superuser = await connection.scalar(
            text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        )
        limited = _guest(url, limit) if is_superuser else _whole_database(connection, url, limit)
        async with limited as usable:
            yield usable.render_as_string(hide_password=False)


@asynccontextmanager
async def _guest(url: URL, limit: int) -> AsyncIterator[URL]:
    name, password = f"{url.database}{_SUFFIX}", secrets.token_urlsafe(24)
    async with _connected(url) as connection:
        for role in [*await connection.scalars(_LEFT_BEHIND), name]:
            await _run(connection, f'DROP ROLE IF EXISTS "{role}"')
        await _run(
            connection,
            f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}' CONNECTION LIMIT {limit:d} "
            "IN ROLE pg_read_all_data, pg_write_all_data",
        )
    try:
        yield url.set(username=name, password=password)
    finally:
        async with _connected(url) as connection:
            await _run(connection, f'DROP ROLE IF EXISTS "{name}"')


@asynccontextmanager
async def _whole_database(connection: AsyncConnection, url: URL, limit: int) -> AsyncIterator[URL]:
    # The connection stays open and counts as one more: PostgreSQL goes on counting a closed one
    # until its process has ended. At the end nobody else can have taken its place.
    alter = f'ALTER DATABASE "{url.database}" CONNECTION LIMIT'
    await _run(connection, f"{alter} {limit + 1:d}")
    try:
        yield url
    finally:
        await _run(connection, f"{alter} -1")


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            yield connection
    except OSError as error:
        raise CourseError(f"PostgreSQL no longer answers: {error}.") from None
    finally:
        await engine.dispose()


async def _run(connection: AsyncConnection, statement: str) -> None:
    await connection.exec_driver_sql(statement)
