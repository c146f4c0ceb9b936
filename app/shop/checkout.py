"""Driver connections from SQLAlchemy's pool."""

from typing import TypeAlias

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pooled: TypeAlias = PoolProxiedConnection | AsyncConnection

_CHECKED_OUT_AT = "epoch of the last checkout"


class Checkout:
    """Acquires connections from an engine's pool and releases them.

    SQLAlchemy's ``AsyncEngine`` runs its pool in a greenlet, and starting one for each checkout and
    each checkin takes longer than sending a short statement. With ``fast_path``, a connection that
    is idle in the pool is acquired without a greenlet.
    """

    def __init__(self, engine: AsyncEngine, *, fast_path: bool) -> None:
        """``fast_path`` requires a pool without overflow, pre-ping or recycling, and callers that
        never acquire more connections than the pool has."""
        self._engine = engine
        self._fast_path = fast_path
        self._epoch = _Epoch()
        self._suspect = 0
        """Checkouts to make in a greenlet until every connection has been used since the last loss:
        the pool hands connections out in rotation, and reconnects a lost one only in a greenlet."""
        if fast_path:
            event.listen(engine.sync_engine, "invalidate", self._on_invalidate)
            event.listen(engine.sync_engine, "checkout", self._on_checkout)
            event.listen(engine.sync_engine, "checkin", self._on_checkin)
            event.listen(engine.sync_engine, "engine_disposed", self._on_dispose)

    async def acquire(self) -> tuple[Pooled, Driver]:
        """A connection and its driver connection.

        Raises ``OSError`` or SQLAlchemy's ``DBAPIError`` if none can be opened, and SQLAlchemy's
        ``TimeoutError`` if all connections of the pool stay in use for too long.
        """
        pool = self._engine.sync_engine.pool
        if self._fast_path and isinstance(pool, QueuePool) and pool.checkedin() > 0:
            if not self._suspect:
                pooled = pool.connect()
                return pooled, pooled.driver_connection
            self._suspect -= 1
        connection = await self._engine.connect()
        return connection, (await connection.get_raw_connection()).driver_connection

    async def release(self, pooled: Pooled, driver: Driver) -> None:
        if isinstance(pooled, AsyncConnection):
            if driver.is_closed():
                await pooled.invalidate()
            await pooled.close()
        else:
            if driver.is_closed():
                pooled.invalidate()
            pooled.close()

    def _on_invalidate(self, *_: object) -> None:
        """If one connection is lost, all of them may be."""
        self._epoch = _Epoch(self._epoch.disposals)
        self._suspect_all()

    def _on_dispose(self, _engine: object) -> None:
        self._epoch = _Epoch(self._epoch.disposals + 1)
        self._suspect = 0

    def _on_checkout(self, _: object, entry: ConnectionPoolEntry, _pooled: object) -> None:
        entry.info[_CHECKED_OUT_AT] = self._epoch

    def _on_checkin(self, _: object, entry: ConnectionPoolEntry) -> None:
        epoch: _Epoch | None = entry.info.get(_CHECKED_OUT_AT)
        if epoch is self._epoch:
            return
        if epoch is not None and epoch.disposals < self._epoch.disposals:
            entry.invalidate()  # its pool is disposed of, and would never close it
        # Without an epoch, it was never checked out: reconnecting has failed.
        self._suspect_all()

    def _suspect_all(self) -> None:
        pool = self._engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        self._suspect = pool.size() + 1


class _Epoch:
    """The period between two losses of a connection or disposals of the pool."""

    def __init__(self, disposals: int = 0) -> None:
        self.disposals = disposals
