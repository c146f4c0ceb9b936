"""A fair queue for the connections of one process."""

import asyncio

from sqlalchemy import exc


class Turns:
    """Lets ``size`` callers at a time use a connection, first come, first served.

    Whoever has waited for ``timeout`` seconds gets SQLAlchemy's ``TimeoutError``.

    A pool of ``size`` connections behind it never has to wait. SQLAlchemy's own queue is not fair:
    a newcomer may take a connection that was just released while others wait for it. And it waits
    in a greenlet, which takes longer than a short statement.
    """

    def __init__(self, size: int, timeout: float) -> None:
        self._size = size
        self._timeout = timeout
        self._free = asyncio.Semaphore(size)

    async def __aenter__(self) -> None:
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._free.release()

    def renewed(self) -> "Turns":
        """A queue of the same kind that nobody has used, so that any event loop may."""
        return Turns(self._size, self._timeout)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._free.acquire()
        except TimeoutError:
            raise exc.TimeoutError(
                f"All {self._size} connections were in use for {self._timeout:g} seconds.",
                code="3o7r",
            ) from None
