"""Coalescing of concurrent calls: one runs, all share its result."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class _Flight(Generic[Result]):
    """A running call and the number of its waiters."""

    __slots__ = ("task", "waiters")

    def __init__(self, task: asyncio.Task[Result]) -> None:
        self.task = task
        self.waiters = 0


class SingleFlight(Generic[Result]):
    """Runs a function in a task of its own, shared by all concurrent callers with the same key.

    Cancelling a caller, even the one that started the task, does not affect the others. When the
    last waiter is cancelled, so is the task, since it may hold a connection that others need.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[Result]] = {}
        self._tasks: set[asyncio.Task[Result]] = set()

    async def run(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> Result:
        """Return what ``make`` returns, or raise what it raises."""
        flight = self._flights.get(key) or self._start(key, make)
        flight.waiters += 1
        try:
            # Unlike awaiting the task, asyncio.wait() does not cancel it along with the waiter.
            await asyncio.wait((flight.task,))
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.task.done():
                self._remove(key, flight)
                flight.task.cancel()
        return flight.task.result()

    async def close(self) -> None:
        """Cancel all running tasks and wait until they have ended."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, key: Hashable, make: Callable[[], Awaitable[Result]]) -> _Flight[Result]:
        task = asyncio.create_task(_call(make))
        flight = self._flights[key] = _Flight(task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._remove(key, flight))
        return flight

    def _remove(self, key: Hashable, flight: _Flight[Result]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.task.done() and not flight.task.cancelled():
            # Mark the exception as retrieved: without a waiter, asyncio would log it.
            flight.task.exception()


async def _call(make: Callable[[], Awaitable[Result]]) -> Result:
    return await make()
