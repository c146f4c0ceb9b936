"""No more requests at a time than allowed; the count is right whatever becomes of them."""

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
    """Its requests hang until ``gate`` is open."""

    url: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    inside: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    running: int = 0
    most: int = 0

    async def hang(self) -> str:
        self.running += 1
        self.most = max(self.most, self.running)
        self.inside.release()
        await asyncio.to_thread(self.gate.wait, 10)
        self.running -= 1
        return "done"

    async def wait_for(self, requests: int) -> None:
        for _ in range(requests):
            assert await asyncio.to_thread(self.inside.acquire, timeout=5)


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
    """As many hanging requests as are allowed."""
    hanging = [asyncio.create_task(client.get("/hang")) for _ in range(LIMIT)]
    await shop.wait_for(LIMIT)
    return hanging


async def test_one_more_is_refused_at_once(shop: Shop, client: httpx.AsyncClient) -> None:
    hanging = await fill(shop, client)
    answers = await asyncio.gather(*(client.get("/hang") for _ in range(20)))
    assert not shop.gate.is_set()
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["detail"] == "3 requests are being answered already."
    shop.gate.set()
    assert [answer.status_code for answer in await asyncio.gather(*hanging)] == [200] * LIMIT
    assert (await client.get("/hang")).status_code == 200


async def test_a_full_worker_is_alive(shop: Shop, client: httpx.AsyncClient) -> None:
    await fill(shop, client)
    assert (await client.get("/healthz")).json() == "alive"
    assert (await client.get("/readyz")).status_code == 503


async def test_never_more_than_allowed_run(shop: Shop, client: httpx.AsyncClient) -> None:
    requests = [asyncio.create_task(client.get("/hang")) for _ in range(30)]
    await shop.wait_for(LIMIT)
    shop.gate.set()
    await asyncio.gather(*requests)
    assert shop.most == LIMIT


async def test_an_exception_counts_no_longer(shop: Shop, client: httpx.AsyncClient) -> None:
    for _ in range(2 * LIMIT):
        # The server closes the connection, too.
        answer = await client.get("/broken", headers={"Connection": "close"})
        assert answer.status_code == 500
    shop.gate.set()
    assert (await client.get("/hang")).status_code == 200


async def test_a_client_that_went_away_counts_until_its_request_ends(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    for _ in range(LIMIT):
        with connect(shop.url) as connection:
            connection.sendall(b"GET /hang HTTP/1.1\r\nHost: shop\r\n\r\n")
            await shop.wait_for(1)
    assert (await client.get("/hang")).status_code == 503
    shop.gate.set()
    await until_admitted(client)


async def test_a_stream_whose_reader_went_away_counts_no_longer(
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
    pytest.fail("Nobody is let in any more.")
