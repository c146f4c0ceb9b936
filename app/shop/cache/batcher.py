"""Batching of concurrent calls into shared round trips."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Sends items that are submitted concurrently in one round trip.

    At most ``max_in_flight`` round trips run at the same time. Items submitted while all are busy
    are queued and sent together as soon as one ends, so batches grow with the load. A single item
    is sent immediately. Items are sent even if the submitting task is cancelled.

    ``send`` takes a list of items and returns one result for each, in the same order. An exception
    it raises is raised by every ``submit`` of the batch.
    """

    def __init__(
        self, send: Callable[[list[Item]], Awaitable[Sequence[Result]]], max_in_flight: int
    ) -> None:
        self._send = send
        self._max_in_flight = max_in_flight
        self._queue: list[tuple[Item, asyncio.Future[Result]]] = []
        self._in_flight: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Result:
        """Queue ``item`` and wait for its result."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append((item, future))
        if len(self._queue) == 1:
            self._start_batch()
        return await future

    async def wait_in_flight(self) -> None:
        """Wait for the round trips that are in flight now; later ones may start meanwhile."""
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    async def close(self) -> None:
        """Flush the queue and wait for all results."""
        while self._in_flight:
            await self.wait_in_flight()

    def _start_batch(self) -> None:
        if self._queue and len(self._in_flight) < self._max_in_flight:
            task = asyncio.create_task(self._flush())
            self._in_flight.add(task)
            task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._start_batch()

    async def _flush(self) -> None:
        batch, self._queue = self._queue, []
        if not batch:
            return
        try:
            results = await self._send([item for item, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
