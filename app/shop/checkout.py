"""Connections from SQLAlchemy's pool for those who use the driver itself."""

from typing import TypeAlias

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pooled: TypeAlias = PoolProxiedConnection | AsyncConnection

_CHECKED_OUT_AT = "epoch of the last checkout"


class Checkout:
    """Takes a connection out of an engine's pool and returns it.

    SQLAlchemy's ``AsyncEngine`` runs its pool in a greenlet, and starting one for the checkout and
    one for the return takes longer than sending a short statement. With ``at_hand``, a connection
    that is idle in the pool is taken without.
    """

    def __init__(self, engine: AsyncEngine, *, at_hand: bool) -> None:
        """``at_hand`` needs a pool without overflow that neither pings nor recycles, and callers
        who never ask for more connections than it has."""
        self._engine = engine
        self._at_hand = at_hand
        self._epoch = _Epoch()
        self._unchecked = 0
        """Connections to check out in a greenlet before each was seen since the last loss: the pool
        hands them out in rotation, and reconnects a lost one."""
        if at_hand:
            event.listen(engine.sync_engine, "invalidate", self._on_loss)
            event.listen(engine.sync_engine, "checkout", self._on_checkout)
            event.listen(engine.sync_engine, "checkin", self._on_checkin)
            event.listen(engine.sync_engine, "engine_disposed", self._on_dispose)

    async def take(self) -> tuple[Pooled, Driver]:
        """Raises ``OSError`` or SQLAlchemy's ``DBAPIError`` where no connection can be opened, and
        SQLAlchemy's ``TimeoutError`` where all connections of its pool are in use for too long."""
        pool = self._engine.sync_engine.pool
        if self._at_hand and isinstance(pool, QueuePool) and pool.checkedin() > 0:
            if not self._unchecked:
                pooled = pool.connect()
                return pooled, pooled.driver_connection
            self._unchecked -= 1
        connection = await self._engine.connect()
        return connection, (await connection.get_raw_connection()).driver_connection

    async def give_back(self, pooled: Pooled, driver: Driver) -> None:
        if isinstance(pooled, AsyncConnection):
            if driver.is_closed():
                await pooled.invalidate()
            await pooled.close()
        else:
            if driver.is_closed():
                pooled.invalidate()
            pooled.close()

    def _on_loss(self, *_: object) -> None:
        """With one connection, perhaps all of them were lost."""
        self._epoch = _Epoch(self._epoch.disposals)
        self._check_all()

    def _on_dispose(self, _engine: object) -> None:
        self._epoch = _Epoch(self._epoch.disposals + 1)
        self._unchecked = 0

    def _on_checkout(self, _: object, entry: ConnectionPoolEntry, _pooled: object) -> None:
        entry.info[_CHECKED_OUT_AT] = self._epoch

    def _on_checkin(self, _: object, entry: ConnectionPoolEntry) -> None:
        epoch: _Epoch | None = entry.info.get(_CHECKED_OUT_AT)
        if epoch is self._epoch:
            return
        if epoch is not None and epoch.disposals < self._epoch.disposals:
            entry.invalidate()  # its pool is gone, and nobody would close it
        # Or it was not checked out at all, because it could not be reconnected.
        self._check_all()

    def _check_all(self) -> None:
        pool = self._engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        self._unchecked = pool.size() + 1


class _Epoch:
    """The time from one loss, or one disposal of the pool, to the next."""

    def __init__(self, disposals: int = 0) -> None:
        self.disposals = disposals
