"""Clients that go on asking until they are told to stop, and what they were answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]

HANGS = 20.0
"""Seconds after which a client takes a request for lost, which is a failure."""


class Traffic:
    """The answers so far. ``see`` and ``see_only`` wait for more, and fail if none come."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response] = []
        self.over = False
        self._another = asyncio.Condition()

    async def ask(self, client: httpx.AsyncClient, ask: Ask) -> None:
        while not self.over:
            answer = await ask(client)
            async with self._another:
                self.answers.append(answer)
                self._another.notify_all()
            if answer.is_error:
                await asyncio.sleep(0.01)

    def all(self, status: int) -> list[httpx.Response]:
        return [answer for answer in self.answers if answer.status_code == status]

    async def see(self, more: int, status: int) -> None:
        """Returns when there were so many more answers with this status."""
        wanted = len(self.all(status)) + more
        await self._until(lambda: len(self.all(status)) >= wanted)

    async def see_only(self, some: int, *statuses: int) -> None:
        """Returns when so many answers in a row had one of these."""
        await self._until(
            lambda: (
                len(self.answers) >= some
                and all(one.status_code in statuses for one in self.answers[-some:])
            )
        )

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(2 * HANGS), self._another:
            await self._another.wait_for(holds)


def open_client(url: str) -> httpx.AsyncClient:
    """For one request at a time: httpx looks at every connection that it has for each of them."""
    # Connections are given up well before the server gives them up.
    limits = httpx.Limits(keepalive_expiry=1)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=HANGS, verify=False)


async def ask_once(url: str, ask: Ask) -> httpx.Response:
    """Over a connection of its own."""
    async with open_client(url) as client:
        return await ask(client)


@asynccontextmanager
async def traffic(url: str, *asks: Ask) -> AsyncIterator[Traffic]:
    """A client for each of ``asks``. What one of them raises ends them all."""
    seen = Traffic()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(open_client(url)) for _ in asks]
        async with asyncio.TaskGroup() as group:
            for client, ask in zip(clients, asks, strict=True):
                group.create_task(seen.ask(client, ask))
            yield seen
            seen.over = True
