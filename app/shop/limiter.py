"""A fair queue for the connections of one process."""

import asyncio

from sqlalchemy import exc


class Limiter:
    """Lets at most ``size`` callers hold a connection at a time, first come, first served.

    Entering raises SQLAlchemy's ``TimeoutError`` after ``timeout`` seconds of waiting.

    A pool of ``size`` connections behind it never has to wait. SQLAlchemy's own queue is not fair:
    a newcomer can take a connection that was just released while others wait for it. It also waits
    in a greenlet, which takes longer than a short statement.
    """

    def __init__(self, size: int, timeout: float) -> None:
        self._size = size
        self._timeout = timeout
        self._semaphore = asyncio.Semaphore(size)

    async def __aenter__(self) -> None:
        if self._semaphore.locked():
            await self._acquire_with_timeout()
        else:
            await self._semaphore.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._semaphore.release()

    def fresh(self) -> "Limiter":
        """An unused limiter with the same parameters, not yet bound to an event loop."""
        return Limiter(self._size, self._timeout)

    async def _acquire_with_timeout(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._semaphore.acquire()
        except TimeoutError:
            raise exc.TimeoutError(
                f"All {self._size} connections were in use for {self._timeout:g} seconds.",
                code="3o7r",
            ) from None
