import asyncio
from collections import Counter

import pytest

from app.course.errors import CourseError
from app.lab.load import LoadProcess, Request, Target
from app.lab.load.plan import SLOTS, Prepared, weighted_order
from benchmarks.tool.scripted_server import ScriptedServer, reply, responding, scripted_server


async def test_the_window_agrees_with_the_servers_own_counts() -> None:
    async with scripted_server() as server, LoadProcess() as load:
        window = await load.window(server.url, connections=8, seconds=0.2)
        assert window.requests == server.requests > 0
        assert window.errors == {}
        assert window.latencies.total == window.requests
        assert window.body_bytes == window.requests * len('{"id": 1}')
        assert window.wire_bytes > window.body_bytes
        assert window.client_cpu > 0


async def test_connections_are_reused_across_windows() -> None:
    async with scripted_server() as server, LoadProcess() as load:
        first = await load.window(server.url, connections=4, seconds=0.1)
        second = await load.window(server.url, connections=4, seconds=0.1)
        assert (first.opened, second.opened, server.connections) == (4, 0, 4)


async def test_a_connection_closed_by_the_server_while_idle_is_not_an_error() -> None:
    async with scripted_server() as server, LoadProcess() as load:
        await load.window(server.url, connections=4, seconds=0.1)
        for writer in list(server.writers):
            writer.close()
        await asyncio.sleep(0.05)
        window = await load.window(server.url, connections=4, seconds=0.1)
        assert window.errors == {}
        assert window.requests > 0


async def test_a_reused_connection_closed_as_the_request_arrives_is_not_an_error() -> None:
    idle: set[asyncio.StreamWriter] = set()

    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        if writer in idle:
            writer.transport.abort()
        else:
            await responding(b"{}")(server, writer)

    async with scripted_server(behave) as server, LoadProcess() as load:
        await load.window(server.url, connections=4, seconds=0.1)
        idle |= server.writers
        window = await load.window(server.url, connections=4, seconds=0.1)
        assert window.errors == {}
        assert window.opened == 4


async def test_a_mix_keeps_its_weights_headers_and_bodies() -> None:
    mix = (
        Request("/often?q=é x", headers=(("x-shop", "a"),), weight=3),
        Request.with_json("/seldom", {"n": 1}),
    )
    async with scripted_server() as server, LoadProcess() as load:
        window = await load.window(Target(server.url, mix), connections=4, seconds=0.3)
        assert window.errors == {}
        often = server.lines["GET /often?q=%C3%A9%20x"]
        assert often + server.lines["POST /seldom"] == server.requests
        assert 0.65 < often / server.requests < 0.85
        assert server.bodies == {b'{"n": 1}'}
        assert any(b"x-shop: a\r\n" in head for head in server.heads)


async def test_a_slow_server_gets_the_whole_mix_too() -> None:
    async def behave(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.005)
        writer.write(reply())

    mix = tuple(Request(f"/{number}") for number in range(1_000))
    async with scripted_server(behave) as server, LoadProcess() as load:
        for _ in range(3):
            await load.window(Target(server.url, mix), connections=2, seconds=0.1)
        assert len(server.lines) > 0.8 * server.requests, "each window started the mix over"


def test_any_stretch_of_a_mix_resembles_the_whole() -> None:
    shares = {"/often": 0.7, "/sometimes": 0.28, "/seldom": 0.02}
    target = Target("http://127.0.0.1:1/", tuple(Request(p, weight=w) for p, w in shares.items()))
    prepared = [Prepared(request) for request in target.to_worker()["requests"]]
    paths = dict(zip(map(id, prepared), shares, strict=True))
    order = [paths[id(item)] for item in weighted_order(prepared, list(shares.values()))]
    assert len(order) == SLOTS
    for begin in range(0, SLOTS, 100):
        stretch = Counter(order[begin : begin + 100])
        assert all(abs(stretch[path] - 100 * share) <= 3 for path, share in shares.items())


async def test_one_request_in_flight_per_connection() -> None:
    in_flight = peak = 0

    async def behave(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        nonlocal in_flight, peak
        in_flight += 1
        peak = max(peak, in_flight)
        await asyncio.sleep(0.005)
        in_flight -= 1
        await responding(b"{}")(_server, writer)

    async with scripted_server(behave) as server, LoadProcess() as load:
        await load.window(server.url, connections=3, seconds=0.1)
    assert peak == 3


@pytest.mark.parametrize("size", [0, 97, 300_000])
async def test_bodies_of_any_size(size: int) -> None:
    async with scripted_server(responding(b"x" * size)) as server, LoadProcess() as load:
        window = await load.window(server.url, connections=2, seconds=0.1)
        assert window.errors == {}
        assert window.body_bytes == window.requests * size


async def test_chunked_replies() -> None:
    async def behave(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")

    async with scripted_server(behave) as server, LoadProcess() as load:
        window = await load.window(server.url, connections=2, seconds=0.1)
        assert window.errors == {}
        assert window.body_bytes == window.requests * 3


async def test_a_server_without_keep_alive_can_be_measured() -> None:
    async def behave(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nhello")
        writer.close()

    async with scripted_server(behave) as server, LoadProcess() as load:
        window = await load.window(server.url, connections=2, seconds=0.1)
        assert window.errors == {}
        assert window.body_bytes == window.requests * 5
        assert window.opened >= window.requests


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://127.0.0.1/", "http://127.0.0.1.example.com/", "127.0.0.1:80"],
)
def test_other_machines_are_rejected(url: str) -> None:
    with pytest.raises(CourseError, match="only sent to this machine"):
        Target(url)


def test_a_line_break_in_a_header_is_rejected() -> None:
    with pytest.raises(CourseError, match="line break"):
        Request("/", headers=(("x", "1\r\ny: 2"),)).encode("localhost")
