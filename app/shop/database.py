"""PostgreSQL: one pool a process, and the two ways a request may use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.shop.errors import DatabaseUnavailable
from app.shop.settings import Settings


class Database:
    """Sessions for reading and for writing, over one engine.

    A read is a single statement, or several that need not agree with each other, so it runs in
    AUTOCOMMIT: without ``BEGIN`` and ``ROLLBACK`` around it, it costs one round trip instead of
    three.

    Either way ``DatabaseUnavailable`` is raised where PostgreSQL cannot be reached.
    """

    def __init__(self, engine: AsyncEngine, *, read_engine: AsyncEngine | None = None) -> None:
        self.engine = engine
        self.read_engine = (
            engine.execution_options(isolation_level="AUTOCOMMIT")
            if read_engine is None
            else read_engine
        )

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
    engine = create_async_engine(
        settings.database_url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout,
    )
    return Database(engine)
