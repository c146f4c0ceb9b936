"""Load shedding: at most ``limit`` requests at a time, counted correctly however they end."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.middleware import Middleware

from app.shop.edge.admission import Admission
from tests.shop.edge.serving import connect, make_app, serve

LIMIT = 3


@dataclass
class Shop:
    """A shop in which ``/hang`` blocks until ``gate`` is open."""

    url: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    running: int = 0
    peak: int = 0

    async def hang(self) -> str:
        self.running += 1
        self.peak = max(self.peak, self.running)
        self.started.release()
        await asyncio.to_thread(self.gate.wait, 10)
        self.running -= 1
        return "done"

    async def wait_for(self, requests: int) -> None:
        for _ in range(requests):
            assert await asyncio.to_thread(self.started.acquire, timeout=5)


def make_shop(shop: Shop) -> FastAPI:
    app = make_app(Middleware(Admission, limit=LIMIT))
    app.get("/hang")(shop.hang)

    @app.get("/healthz")
    async def healthz() -> str:
        return "alive"

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("broken")

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            while True:
                yield b"line\n"
                await asyncio.sleep(0.002)

        return StreamingResponse(lines())

    return app


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with serve(make_shop(shop)) as shop.url:
        yield shop
        shop.gate.set()


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=shop.url) as client:
        yield client


async def fill(shop: Shop, client: httpx.AsyncClient) -> list[asyncio.Task[httpx.Response]]:
    """Start as many blocked requests as the limit allows."""
    blocked = [asyncio.create_task(client.get("/hang")) for _ in range(LIMIT)]
    await shop.wait_for(LIMIT)
    return blocked


async def test_requests_beyond_the_limit_are_rejected_at_once_with_503(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    blocked = await fill(shop, client)
    responses = await asyncio.gather(*(client.get("/hang") for _ in range(20)))
    assert not shop.gate.is_set()
    for response in responses:
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "1"
        assert response.json()["detail"] == "3 requests are being answered already."
    shop.gate.set()
    assert [response.status_code for response in await asyncio.gather(*blocked)] == [200] * LIMIT
    assert (await client.get("/hang")).status_code == 200


async def test_a_full_worker_is_alive_but_not_ready(shop: Shop, client: httpx.AsyncClient) -> None:
    await fill(shop, client)
    assert (await client.get("/healthz")).json() == "alive"
    assert (await client.get("/readyz")).status_code == 503


async def test_concurrency_never_exceeds_the_limit(shop: Shop, client: httpx.AsyncClient) -> None:
    requests = [asyncio.create_task(client.get("/hang")) for _ in range(30)]
    await shop.wait_for(LIMIT)
    shop.gate.set()
    await asyncio.gather(*requests)
    assert shop.peak == LIMIT


async def test_a_request_that_raises_is_no_longer_counted(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    for _ in range(2 * LIMIT):
        # The server closes the connection after an exception.
        response = await client.get("/broken", headers={"Connection": "close"})
        assert response.status_code == 500
    shop.gate.set()
    assert (await client.get("/hang")).status_code == 200


async def test_a_request_counts_until_it_ends_even_if_its_client_disconnects(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    for _ in range(LIMIT):
        with connect(shop.url) as connection:
            connection.sendall(b"GET /hang HTTP/1.1\r\nHost: shop\r\n\r\n")
            await shop.wait_for(1)
    assert (await client.get("/hang")).status_code == 503
    shop.gate.set()
    await until_admitted(client)


async def test_a_stream_is_no_longer_counted_once_its_client_disconnects(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    readers = [connect(shop.url) for _ in range(LIMIT)]
    for reader in readers:
        reader.sendall(b"GET /endless HTTP/1.1\r\nHost: shop\r\n\r\n")
        assert reader.recv(1)
    shop.gate.set()
    assert (await client.get("/hang")).status_code == 503
    for reader in readers:
        reader.close()
    await until_admitted(client)


async def until_admitted(client: httpx.AsyncClient) -> None:
    for _ in range(500):
        if (await client.get("/hang")).status_code == 200:
            return
        await asyncio.sleep(0.005)
    pytest.fail("Requests are still rejected.")
