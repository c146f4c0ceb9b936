"""A barrier at which requests wait for each other."""

import asyncio


class Barrier:
    """Holds requests until ``parties`` of them have arrived, then releases all at once.

    ``asyncio.Barrier`` wakes its waiters one after another. Here all of them run on in the same
    turn of the event loop, before the reply to anything they send can be received. A request that
    arrives later passes.
    """

    def __init__(self, parties: int) -> None:
        self._missing = parties
        self._released = asyncio.Event()

    async def wait(self) -> None:
        """Return when all have arrived, or after ``release``."""
        self._missing -= 1
        if self._missing <= 0:
            self.release()
        await self._released.wait()

    def release(self) -> None:
        """Let everybody pass. Call it in the event loop of those that wait."""
        self._released.set()
