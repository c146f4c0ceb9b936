"""A response must start before the timeout; one that has started is never cut off."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import text
from starlette.middleware import Middleware

from app.shop.database import Database
from app.shop.edge.timeouts import Timeouts
from app.shop.models import Comment
from tests.shop.edge.serving import connect, make_app, read_until_closed, serve

SECONDS = 0.1


def make_slow_app(cancelled: threading.Event) -> FastAPI:
    app = make_app(Middleware(Timeouts, seconds=SECONDS))

    @app.get("/hang")
    @app.post("/hang")
    async def hang(request: Request) -> None:
        await request.body()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"line\n"
                await asyncio.sleep(SECONDS)

        return StreamingResponse(lines())

    @app.get("/own")
    async def own() -> None:
        raise TimeoutError("raised by the endpoint")

    @app.get("/quick")
    async def quick() -> str:
        return "quick"

    return app


@pytest.fixture
def cancelled() -> threading.Event:
    return threading.Event()


@pytest.fixture
def url(cancelled: threading.Event) -> Iterator[str]:
    with serve(make_slow_app(cancelled)) as url:
        yield url


async def test_an_endpoint_that_exceeds_the_timeout_is_cancelled_with_503(
    url: str, cancelled: threading.Event
) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for method in ("GET", "POST"):
            cancelled.clear()
            response = await client.request(method, "/hang", content=b"complete")
            assert response.status_code == 503
            assert response.headers["content-type"] == "application/problem+json"
            assert response.headers["retry-after"] == "5"
            assert response.json()["detail"] == "There was no answer after 0.1 seconds."
            assert cancelled.is_set()
            assert (await client.get("/quick")).json() == "quick"


async def test_a_response_that_has_started_is_not_cut_off(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        response = await client.get("/stream")
    assert response.elapsed.total_seconds() > SECONDS
    assert response.text == "line\n" * 3


@pytest.mark.parametrize("framing", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
def test_a_request_body_that_is_incomplete_is_rejected_with_408(
    url: str, cancelled: threading.Event, framing: bytes
) -> None:
    with connect(url) as connection:
        connection.sendall(b"POST /hang HTTP/1.1\r\nHost: shop\r\n%b\r\n\r\n1\r\nx" % framing)
        response = read_until_closed(connection)
    assert response.startswith("HTTP/1.1 408 ")
    assert "connection: close" in response
    assert "The body was not complete after 0.1 seconds." in response
    assert not cancelled.is_set()


async def test_a_timeout_error_raised_by_the_endpoint_is_a_500(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/own", headers={"Connection": "close"})).status_code == 500


async def test_cancellation_from_outside_is_propagated() -> None:
    async def hang(*_: Any) -> None:
        await asyncio.sleep(60)

    async def never(*_: Any) -> Any:
        raise AssertionError

    scope = {"type": "http", "method": "GET", "headers": []}
    call = Timeouts(hang, 30)(scope, never, never)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call, 0.01)


async def test_a_write_that_times_out_is_rolled_back(database: Database) -> None:
    app = make_app(Middleware(Timeouts, seconds=0.3))

    @app.post("/write")
    async def write() -> None:
        async with database.writing() as session:
            session.add(Comment(post_id=1, author_id=1, body="never"))
            await session.flush()
            await session.execute(text("SELECT pg_sleep(60) /* times out */"))

    comments = "SELECT count(*) FROM comments"
    count = await database.fetch_value(comments)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        assert (await client.post("/write")).status_code == 503
    pool: Any = database.engine.sync_engine.pool
    assert pool.checkedout() == 0
    assert await database.fetch_value(comments) == count
    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1"
    for _ in range(500):  # PostgreSQL stops soon after it receives the cancellation
        if not await database.fetch_value(running, "SELECT pg_sleep(60)%"):
            return
        await asyncio.sleep(0.01)
    pytest.fail("The statement is still running.")
