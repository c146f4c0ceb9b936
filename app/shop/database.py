"""PostgreSQL: one pool a process, and the three ways a request may use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.shop.checkout import Checkout
from app.shop.errors import DatabaseUnavailable
from app.shop.pool import FairPool
from app.shop.settings import Settings


class Database:
    """Sessions for reading and for writing, and the driver's own connections, from one pool.

    A read is a single statement, or several that need not agree with each other, so it runs in
    AUTOCOMMIT: without ``BEGIN`` and ``ROLLBACK`` around it, it costs one round trip instead of
    three. ``read_engine`` gives reads an engine with other settings. ``pool_waits`` is false for an
    engine whose pool neither pings nor recycles: then the driver's connections cost less.

    However it is used, ``DatabaseUnavailable`` is raised where PostgreSQL cannot be reached.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        read_engine: AsyncEngine | None = None,
        pool_waits: bool = True,
    ) -> None:
        self.engine = engine
        self._checkout = Checkout(engine, waits=pool_waits)
        self._reads_alike = read_engine is None
        self.read_engine = (
            engine.execution_options(isolation_level="AUTOCOMMIT")
            if read_engine is None
            else read_engine
        )

    async def fetch_value(self, query: str, *values: object) -> Any:
        """What one statement answers in the first column of its first row; ``None`` without a row.

        For the hot reads, whose answer PostgreSQL writes as JSON: the statement (``$1``, ``$2`` …
        stand for the values) goes straight to the driver, past SQLAlchemy, which would take several
        times as long as PostgreSQL does.
        """
        if not self._reads_alike:
            async with self.reading() as session:
                connection = await session.connection()
                return (await connection.exec_driver_sql(query, values)).scalar()
        async with self.driver() as driver:
            rows = await driver.fetch(query, *values)
        return rows[0][0] if rows else None

    @asynccontextmanager
    async def driver(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """The driver's own connection, outside of any transaction: for COPY and cursors."""
        try:
            pooled = await self._checkout.take()
        except (OSError, self.engine.dialect.loaded_dbapi.Error) as error:
            raise DatabaseUnavailable(str(error)) from error
        driver: asyncpg.Connection[asyncpg.Record] = pooled.driver_connection
        try:
            yield driver
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            # The last one is what the driver makes of a server that ends a moment before it asks.
            if isinstance(error, OSError) or driver.is_closed():
                raise DatabaseUnavailable(str(error)) from error
            raise
        finally:
            if driver.is_closed():
                pooled.invalidate()
            await self._checkout.give_back(pooled)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that never writes."""
        try:
            async with AsyncSession(
                self.read_engine, autoflush=False, expire_on_commit=False
            ) as session:
                yield session
        except OSError as error:
            raise DatabaseUnavailable(str(error)) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an exception."""
        try:
            async with (
                AsyncSession(self.engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        except OSError as error:
            raise DatabaseUnavailable(str(error)) from error

    async def close(self) -> None:
        await self.engine.dispose()
        if self.read_engine.sync_engine.pool is not self.engine.sync_engine.pool:
            await self.read_engine.dispose()


def open_database(settings: Settings) -> Database:
    """The shop's database as ``settings`` describe it. Nothing connects before the first use."""
    milliseconds = round(settings.statement_timeout * 1e3)
    engine = create_async_engine(
        settings.database_url,
        poolclass=FairPool,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout,
        connect_args={
            "timeout": settings.pool_timeout,
            "server_settings": {"statement_timeout": str(milliseconds)},
        },
    )
    return Database(engine, pool_waits=False)
