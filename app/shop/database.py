"""PostgreSQL: one connection pool per process, and three ways to use it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.shop.acquire import AcquireContext
from app.shop.checkout import Checkout, Driver
from app.shop.errors import DatabaseUnavailable
from app.shop.limiter import Limiter
from app.shop.settings import Settings


class Database:
    """Read sessions, write sessions and driver connections from one pool.

    Reads are single statements, or several that need no common snapshot, so they run in AUTOCOMMIT:
    without ``BEGIN`` and ``ROLLBACK``, a statement costs one round trip instead of three. Pass
    ``read_engine`` to use different engine settings for reads.

    With ``limiter``, sessions and driver connections share one fair queue, and each holds its place
    in the limit until it ends. ``engine`` then needs a pool of as many connections as the limit,
    without overflow, pre-ping or recycling.

    Every method raises ``DatabaseUnavailable`` if PostgreSQL cannot be reached.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        read_engine: AsyncEngine | None = None,
        limiter: Limiter | None = None,
    ) -> None:
        self.engine = engine
        self._checkout = Checkout(engine, fast_path=limiter is not None)
        self._limiter: Limiter | nullcontext[None] = limiter or nullcontext()
        self._reads_share_engine = read_engine is None
        self.read_engine = (
            engine.execution_options(isolation_level="AUTOCOMMIT")
            if read_engine is None
            else read_engine
        )

    async def fetch_value(self, query: str, *values: object) -> Any:
        """The first column of the first row of ``query``, or ``None`` if it returns no row.

        ``$1``, ``$2`` … in the query stand for ``values``. The statement bypasses SQLAlchemy and
        goes directly to the driver. That is for hot paths that read a response as JSON from
        PostgreSQL, where SQLAlchemy would take several times as long as PostgreSQL.
        """
        if not self._reads_share_engine:
            async with self.reading() as session:
                connection = await session.connection()
                return (await connection.exec_driver_sql(query, values)).scalar()
        async with self.driver() as driver:
            rows = await driver.fetch(query, *values)
        return rows[0][0] if rows else None

    def driver(self) -> AbstractAsyncContextManager[Driver]:
        """A driver connection outside of any transaction, for COPY and cursors."""
        return AcquireContext(self._checkout, self._limiter)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for reading, in AUTOCOMMIT mode."""
        try:
            async with (
                self._limiter,
                AsyncSession(self.read_engine, autoflush=False, expire_on_commit=False) as session,
            ):
                yield session
        except OSError as error:
            raise DatabaseUnavailable(str(error)) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session with one transaction, committed at the end or rolled back on an exception."""
        try:
            async with (
                self._limiter,
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
        if isinstance(self._limiter, Limiter):
            self._limiter = self._limiter.fresh()


def open_database(settings: Settings) -> Database:
    """The database for these settings. It connects on first use."""
    milliseconds = round(settings.statement_timeout * 1e3)
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout,
        connect_args={
            "timeout": settings.pool_timeout,
            "server_settings": {
                "application_name": settings.application_name,
                "statement_timeout": str(milliseconds),
            },
        },
    )
    return Database(engine, limiter=Limiter(settings.pool_size, settings.pool_timeout))
