"""What many wait for is made once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class _Flight(Generic[Result]):
    """One making, and how many wait for it."""

    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Task[Result]) -> None:
        self.task = task
        self.waiting = 0


class SingleFlight(Generic[Result]):
    """Runs ``make`` in a task of its own, which whoever asks with the same key shares.

    The task belongs to nobody: it goes on while anyone waits, also when the one who started it is
    cancelled. When the last one is, nobody wants its result, and it is cancelled too: it may hold
    a connection that others need.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[Result]] = {}
        self._tasks: set[asyncio.Task[Result]] = set()

    async def run(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> Result:
        """What ``make`` returns, or raises."""
        flight = self._flights.get(key) or self._start(key, make)
        flight.waiting += 1
        try:
            # Unlike awaiting the task, this does not cancel it when the one who waits is cancelled.
            await asyncio.wait((flight.task,))
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()
        return flight.task.result()

    async def close(self) -> None:
        """Cancel what is under way, and wait for its end."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> _Flight[Result]:
        task = asyncio.create_task(_call(make))
        flight = self._flights[key] = _Flight(task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._forget(key, flight))
        return flight

    def _forget(self, key: Hashable, flight: _Flight[Result]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # Nobody may be left to hear of it; asyncio would complain.


async def _call(make: Callable[[], Awaitable[Result]]) -> Result:
    return await make()
