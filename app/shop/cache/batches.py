"""Requests that travel together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batches(Generic[Item, Answer]):
    """Sends what is asked at the same time in one round trip.

    At most ``at_once`` round trips are under way. What is asked meanwhile waits for the end of one
    and goes out together, so the busier it is, the less each costs. An item that is alone is sent
    at once. It is sent even if the one who asks is cancelled.

    ``send`` takes the items and returns an answer for each, in their order; what it raises is
    raised by everyone who asked.
    """

    def __init__(
        self, send: Callable[[list[Item]], Awaitable[Sequence[Answer]]], at_once: int
    ) -> None:
        self._send = send
        self._at_once = at_once
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._trips: set[asyncio.Task[None]] = set()

    async def ask(self, item: Item) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._waiting) == 1:
            self._depart()
        return await future

    async def settled(self) -> None:
        """Wait until the round trips that are under way have ended."""
        if self._trips:
            await asyncio.wait(self._trips)

    async def close(self) -> None:
        """Wait until everything that was asked has been sent and answered."""
        while self._trips:
            await self.settled()

    def _depart(self) -> None:
        if self._waiting and len(self._trips) < self._at_once:
            trip = asyncio.create_task(self._travel())
            self._trips.add(trip)
            trip.add_done_callback(self._arrive)

    def _arrive(self, trip: asyncio.Task[None]) -> None:
        self._trips.discard(trip)
        self._depart()

    async def _travel(self) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            answers = await self._send([item for item, _ in batch])
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
