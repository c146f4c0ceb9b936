"""PostgreSQL: one pool a process, and the three ways a request may use it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.shop.borrowed import Borrowed
from app.shop.checkout import Checkout, Driver
from app.shop.errors import DatabaseUnavailable
from app.shop.settings import Settings
from app.shop.turns import Turns


class Database:
    """Sessions for reading and for writing, and the driver's own connections, from one pool.

    A read is a single statement, or several that need not agree with each other, so it runs in
    AUTOCOMMIT: without ``BEGIN`` and ``ROLLBACK`` around it, it costs one round trip instead of
    three. ``read_engine`` gives reads an engine with other settings.

    With ``turns``, sessions and the driver's users wait for connections in one fair queue: each has
    a turn from beginning to end, and so a connection whenever it wants one. ``engine`` then needs a
    pool of as many connections, without overflow, that neither pings nor recycles.

    However it is used, ``DatabaseUnavailable`` is raised where PostgreSQL cannot be reached.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        read_engine: AsyncEngine | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.engine = engine
        self._checkout = Checkout(engine, at_hand=turns is not None)
        self._turns: Turns | nullcontext[None] = turns or nullcontext()
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

    def driver(self) -> AbstractAsyncContextManager[Driver]:
        """The driver's own connection, outside of any transaction: for COPY and cursors."""
        return Borrowed(self._checkout, self._turns)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that never writes."""
        try:
            async with (
                self._turns,
                AsyncSession(self.read_engine, autoflush=False, expire_on_commit=False) as session,
            ):
                yield session
        except OSError as error:
            raise DatabaseUnavailable(str(error)) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an exception."""
        try:
            async with (
                self._turns,
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
        if isinstance(self._turns, Turns):
            self._turns = self._turns.renewed()


def open_database(settings: Settings) -> Database:
    """The shop's database as ``settings`` describe it. Nothing connects before the first use."""
    milliseconds = round(settings.statement_timeout * 1e3)
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout,
        connect_args={
            "timeout": settings.pool_timeout,
            "server_settings": {"statement_timeout": str(milliseconds)},
        },
    )
    return Database(engine, turns=Turns(settings.pool_size, settings.pool_timeout))
