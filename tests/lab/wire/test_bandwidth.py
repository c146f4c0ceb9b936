"""A line of limited bandwidth to the clients: shared, gradual, and of no harm to anybody.

A transfer is never faster than the line. Nothing else about its time is asserted.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from app.course.network import Network
from app.lab.load import LoadProcess
from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.lab.wire.bandwidth import Flow, Line

SLOW = Network(megabits_per_second=8)
"""A megabyte a second."""
SIZE = 300_000
SECONDS = 0.3
CHUNKS = 100


class Site:
    """Served pages, and what their handlers have noticed."""

    def __init__(self, network: Network | None) -> None:
        self.produced = 0
        self.receiving = asyncio.Event()
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.server = Server(self._application(), network=network)

    def _application(self) -> FastAPI:
        app = FastAPI()

        @app.get("/large")
        async def large() -> Response:
            return Response(b"x" * SIZE)

        @app.get("/small")
        async def small() -> Response:
            return Response(b"small")

        @app.get("/stream")
        async def stream() -> StreamingResponse:
            return StreamingResponse(self._chunks())

        @app.post("/")
        async def upload(request: Request) -> int:
            size = 0
            async for piece in request.stream():
                size += len(piece)
                if size >= SIZE:
                    self._loop.call_soon_threadsafe(self.receiving.set)
            return size

        return app

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            for _ in range(CHUNKS):
                self.produced += 1
                yield b"x" * 50_000
        finally:
            self._loop.call_soon_threadsafe(self.ended.set)


@asynccontextmanager
async def site(network: Network | None = SLOW) -> AsyncIterator[Site]:
    one = Site(network)
    with one.server:
        yield one


def client(one: Site) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=one.server.url, timeout=60)


async def test_a_response_takes_as_long_as_the_line_needs() -> None:
    async with site() as one, client(one) as asking:
        began = time.perf_counter()
        response = await asking.get("/large")
        assert time.perf_counter() - began >= SECONDS
    assert response.content == b"x" * SIZE


async def test_a_response_arrives_little_by_little() -> None:
    async def pieces(network: Network | None) -> list[int]:
        async with (
            site(network) as one,
            client(one) as asking,
            asking.stream("GET", "/large") as response,
        ):
            return [len(piece) async for piece in response.aiter_raw()]

    fast, slow = await pieces(None), await pieces(SLOW)
    assert sum(fast) == sum(slow) == SIZE
    assert len(slow) > 2 * len(fast)


async def test_all_connections_share_the_line() -> None:
    async with site() as one, client(one) as asking:
        began = time.perf_counter()
        await asyncio.gather(*(asking.get("/large") for _ in range(3)))
        assert time.perf_counter() - began >= 3 * SECONDS


async def test_a_small_response_does_not_wait_for_a_large_one() -> None:
    order = []
    async with site(Network(megabits_per_second=2)) as one, client(one) as asking:

        async def large() -> None:
            async with asking.stream("GET", "/large") as response:
                begun.set()
                await response.aread()
            order.append("large")

        begun = asyncio.Event()
        downloading = asyncio.ensure_future(large())
        await begun.wait()
        await asking.get("/small")
        order.append("small")
        await downloading
    assert order == ["small", "large"]


async def test_a_stream_is_made_no_faster_than_it_is_sent() -> None:
    async with (
        site() as one,
        client(one) as asking,
        asking.stream("GET", "/stream") as response,
    ):
        async for _ in response.aiter_raw():
            break
        assert one.produced < CHUNKS / 2


async def test_a_request_body_takes_as_long_as_the_line_needs() -> None:
    body = b"x" * SIZE
    async with site() as one, client(one) as asking:
        began = time.perf_counter()
        response = await asking.post("/", content=body)
        assert time.perf_counter() - began >= SECONDS
    assert response.json() == SIZE


async def test_a_server_takes_no_more_than_the_line_carries() -> None:
    """The client is held up, not the server's memory filled."""
    async with site() as one:
        host, port = one.server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        size = 50_000_000
        writer.write(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % size)
        writer.write(b"x" * size)
        await asyncio.wait_for(one.receiving.wait(), 30)
        assert writer.transport.get_write_buffer_size() > 0
        writer.transport.abort()
        assert await reader.read() == b""


async def test_a_single_request_notices_the_line() -> None:
    """The application is done as soon as its response is in the buffers; the client is not."""
    async with site() as one:
        seen = await exchange(one.server, "/large")
    assert seen.client_seconds >= SECONDS
    assert seen.client_seconds >= seen.seconds
    async with site(None) as one:
        near = await exchange(one.server, "/large")
    assert near.client_seconds < seen.client_seconds


async def test_a_single_upload_notices_the_line() -> None:
    async with site() as one:
        seen = await exchange(one.server, "/", method="POST", body=b"x" * SIZE)
    assert seen.answer == SIZE
    assert seen.client_seconds >= SECONDS


async def test_a_load_gets_no_more_than_the_line_carries() -> None:
    async with site() as one, LoadProcess() as load:
        window = await load.window(one.server.url + "/large", connections=4, seconds=1.0)
    assert window.errors == {}
    assert window.requests > 0
    # A megabyte a second, until the last reply is there.
    assert window.body_bytes <= 1_000_000 * window.elapsed


async def test_the_counters_are_the_same() -> None:
    works = []
    for network in (None, SLOW):
        async with site(network) as one:
            works.append((await exchange(one.server, "/large")).work)
    assert works[0] == works[1]
    assert works[0].response_bytes == SIZE


async def test_a_client_that_leaves_ends_its_request_only() -> None:
    async with site() as one:
        async with client(one) as leaving, leaving.stream("GET", "/stream") as response:
            async for _ in response.aiter_raw():
                break
        await asyncio.wait_for(one.ended.wait(), 30)
        async with client(one) as staying:
            assert (await staying.get("/small")).content == b"small"


async def test_many_clients_that_leave_at_once() -> None:
    async with site() as one:
        async with client(one) as leaving:
            requests = [asyncio.ensure_future(leaving.get("/large")) for _ in range(20)]
            await asyncio.sleep(0.1)
            for request in requests:
                request.cancel()
            await asyncio.gather(*requests, return_exceptions=True)
        async with client(one) as staying:
            assert (await staying.get("/small")).content == b"small"


async def test_a_response_is_complete_before_its_connection_is_closed() -> None:
    async with site() as one, client(one) as asking:
        response = await asking.get("/large", headers={"Connection": "close"})
    assert response.content == b"x" * SIZE


async def test_requests_follow_each_other_on_one_connection() -> None:
    async with site() as one:
        host, port = one.server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        request = b"GET /small HTTP/1.1\r\nHost: shop\r\n\r\n"
        last = b"GET /small HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
        writer.write(request * 20 + last)  # pipelined: the server stops reading meanwhile
        answers = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answers.count(b"HTTP/1.1 200 OK") == 21
    assert answers.count(b"small") == 21


async def test_a_server_stops_while_it_sends() -> None:
    async with (
        site(Network(megabits_per_second=0.1)) as one,
        client(one) as asking,
        asking.stream("GET", "/large") as response,
    ):
        reading = asyncio.ensure_future(response.aread())
        await asyncio.to_thread(one.server.stop)
        assert not one.server.alive
        await asyncio.gather(reading, return_exceptions=True)


async def test_flows_take_turns() -> None:
    order: list[str] = []
    done = asyncio.Event()
    line = Line(asyncio.get_running_loop(), bytes_per_second=1_000_000)

    def deliver(name: str, piece: bytes | None) -> None:
        order.append(name if piece else name.upper())
        if len(order) == 10:
            done.set()

    for name, size in {"a": 100, "b": 4500, "c": 4500}.items():
        flow = Flow(line, partial(deliver, name))
        flow.put(name.encode() * size)
        flow.end()
    await done.wait()
    line.close()
    assert "".join(order) == "aAbcbcbBcC"  # a packet, three, three, and the end of each


@pytest.mark.parametrize("sent_before", [0, 5000])
async def test_a_line_that_is_closed_keeps_nothing_back(sent_before: int) -> None:
    received: list[bytes | None] = []
    line = Line(asyncio.get_running_loop(), bytes_per_second=1)
    flow = Flow(line, received.append)
    flow.put(b"a" * sent_before)
    line.close()
    flow.put(b"b")
    flow.end()
    assert b"".join(piece for piece in received if piece) == b"a" * sent_before + b"b"
    assert received[-1] is None
