"""Connections from SQLAlchemy's pool for those who use the driver itself."""

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool
from sqlalchemy.util.concurrency import greenlet_spawn

from app.shop.pool import FairPool

_SEEN = "losses when it was last taken out"


class Checkout:
    """Takes a connection out of an engine's pool and gives it back.

    SQLAlchemy waits by means of greenlets, and to start two of them takes longer than to send a
    short statement. Where the pool has a connection at hand, and room for one that comes back,
    there is nothing to wait for, and it is done without. So it is where all connections of a
    ``FairPool`` are out: it is waited for in the pool's line.
    """

    def __init__(self, engine: AsyncEngine, *, waits: bool) -> None:
        """``waits`` is whether the pool asks the server about a connection at hand: where it pings
        or recycles."""
        self._engine = engine
        self._waits = waits
        self._losses = 0
        """Times that a connection turned out to be lost, and with it perhaps all others."""
        self._unseen = 0
        """Connections to take out before each was seen since the last loss: the pool gives them in
        turn, and opens a lost one again."""
        if not waits:
            event.listen(engine.sync_engine, "invalidate", self._lose)
            event.listen(engine.sync_engine, "checkout", self._see)
            event.listen(engine.sync_engine, "checkin", self._look)

    async def take(self) -> PoolProxiedConnection:
        """Raises what the driver raises where it cannot connect, and SQLAlchemy's ``TimeoutError``
        where all connections are in use for too long."""
        if self._waits:
            return await self._engine.raw_connection()
        while isinstance(pool := self._engine.sync_engine.pool, FairPool) and not pool.has_one():
            await pool.turn()
        if isinstance(pool, QueuePool) and pool.checkedin() > 0:
            if not self._unseen:
                return pool.connect()
            self._unseen -= 1
        return await self._engine.raw_connection()

    async def give_back(self, connection: PoolProxiedConnection) -> None:
        pool = self._engine.sync_engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin() < pool.size():
            connection.close()
        else:
            await greenlet_spawn(connection.close)

    def _lose(self, *_: object) -> None:
        self._losses += 1
        self._see_all()

    def _see(self, _connection: object, record: ConnectionPoolEntry, _pooled: object) -> None:
        record.info[_SEEN] = self._losses

    def _look(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Whether one that comes back has been out during a loss."""
        if record.info.get(_SEEN) != self._losses:
            self._see_all()

    def _see_all(self) -> None:
        pool = self._engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        self._unseen = pool.size() + 1
