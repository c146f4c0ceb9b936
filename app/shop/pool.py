"""A pool whose connections go to those who wait for them, first come, first served."""

import asyncio
from collections import deque
from typing import Any

from sqlalchemy import exc
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util.concurrency import await_


class FairPool(AsyncAdaptedQueuePool):
    """One line of futures for all who want a connection, sessions and the driver's users alike.

    In SQLAlchemy's own pool a newcomer may take what comes back while another waits for it, and
    who waits does so in a greenlet, which takes longer than a short statement. Here a coroutine
    can wait for its ``turn``.

    It opens ``pool_size`` connections and never more, whatever its overflow may be.
    """

    def __init__(self, *values: Any, **options: Any) -> None:
        super().__init__(*values, **options)
        self._free = self.size()
        """Connections, open or still to be opened, that are neither out nor kept for one who is
        called."""
        self._line: deque[asyncio.Future[bool]] = deque()
        """Those who wait: true calls one, false says that it waited too long. Who has left stays
        in the line until it would be called."""
        self._disposed = False

    def has_one(self) -> bool:
        """Whether who asks now gets a connection, or room to open one, and need not wait."""
        return self._free > 0

    async def turn(self) -> None:
        """Returns when the pool has one for the caller, who takes it before anything else runs.

        Raises SQLAlchemy's ``TimeoutError`` after the pool's time-out.
        """
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        self._line.append(place)
        timer = loop.call_later(self.timeout(), _give_up, place)
        try:
            called = await place
        except asyncio.CancelledError:
            if not place.cancelled() and place.result():
                self._release()
            raise
        finally:
            timer.cancel()
        if not called:
            raise exc.TimeoutError(
                f"All {self.size()} connections were in use for {self.timeout():g} seconds.",
                code="3o7r",
            )
        self._free += 1

    def dispose(self) -> None:
        """Closes what is at hand, and later what is still out as it comes back.

        All who wait may go on: the engine has another pool now.
        """
        super().dispose()
        self._disposed = True
        while self._line:
            self._call_first()

    def _do_get(self) -> ConnectionPoolEntry:
        if self._free <= 0:
            await_(self.turn())
        self._free -= 1
        try:
            return super()._do_get()
        except BaseException:
            self._release()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            if self._disposed:
                record.invalidate()
            super()._do_return_conn(record)
        finally:
            self._release()

    def _release(self) -> None:
        self._free += 1
        while self._line and self._free > 0:
            self._call_first()

    def _call_first(self) -> None:
        place = self._line.popleft()
        if not place.done():
            self._free -= 1
            place.set_result(True)


def _give_up(place: asyncio.Future[bool]) -> None:
    if not place.done():
        place.set_result(False)
