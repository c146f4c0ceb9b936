"""Clients that send requests until they are stopped, and the responses that they get."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

SendRequest = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]

TIMEOUT = 20.0
"""Seconds after which a request times out, which fails the test."""


class Traffic:
    """The responses so far. ``wait_for`` and ``wait_for_only`` wait for more, or fail."""

    def __init__(self) -> None:
        self.responses: list[httpx.Response] = []
        self.stopped = False
        self._received = asyncio.Condition()

    async def run(self, client: httpx.AsyncClient, send: SendRequest) -> None:
        while not self.stopped:
            response = await send(client)
            async with self._received:
                self.responses.append(response)
                self._received.notify_all()
            if response.is_error:
                await asyncio.sleep(0.01)

    def with_status(self, status: int) -> list[httpx.Response]:
        return [response for response in self.responses if response.status_code == status]

    async def wait_for(self, more: int, status: int) -> None:
        """Wait for ``more`` further responses with this status."""
        wanted = len(self.with_status(status)) + more
        await self._until(lambda: len(self.with_status(status)) >= wanted)

    async def wait_for_only(self, count: int, *statuses: int) -> None:
        """Wait until the last ``count`` responses all have one of these statuses."""
        await self._until(
            lambda: (
                len(self.responses) >= count
                and all(one.status_code in statuses for one in self.responses[-count:])
            )
        )

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(2 * TIMEOUT), self._received:
            await self._received.wait_for(holds)


def open_client(url: str) -> httpx.AsyncClient:
    """A client for one request at a time: httpx scans all of its connections for each request."""
    # Idle connections are closed here well before the server would close them.
    limits = httpx.Limits(keepalive_expiry=1)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=TIMEOUT, verify=False)


async def send_once(url: str, send: SendRequest) -> httpx.Response:
    """Send one request over a new connection."""
    async with open_client(url) as client:
        return await send(client)


@asynccontextmanager
async def traffic(url: str, *requests: SendRequest) -> AsyncIterator[Traffic]:
    """A client for each of ``requests``. An exception in one of them stops all of them."""
    running = Traffic()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(open_client(url)) for _ in requests]
        async with asyncio.TaskGroup() as group:
            for client, send in zip(clients, requests, strict=True):
                group.create_task(running.run(client, send))
            yield running
            running.stopped = True
