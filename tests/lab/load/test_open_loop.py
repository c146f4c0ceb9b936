import asyncio
from time import perf_counter

from app.lab.load import LoadProcess, Measurement
from benchmarks.tool.scripted_server import ScriptedServer, reply, scripted_server


async def stalling(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    """No request is answered in the last 300 ms of each second."""
    phase = perf_counter() % 1
    if phase > 0.7:
        await asyncio.sleep(1 - phase)
    writer.write(reply())


async def test_the_intended_start_shows_a_stall_that_a_closed_loop_hides() -> None:
    async with scripted_server(stalling) as server, LoadProcess() as load:
        closed = await load.window(server.url, connections=4, seconds=2)
        opened = await load.window(server.url, connections=4, seconds=2, rate=300)
    hidden, shown = closed.latencies.percentile(0.9), opened.latencies.percentile(0.9)
    assert hidden
    assert shown
    assert shown > 5 * hidden
    assert opened.backlog_peak > 40
    assert not opened.overloaded


async def test_the_rate_is_kept() -> None:
    async with scripted_server() as server, LoadProcess() as load:
        window = await load.window(server.url, connections=8, seconds=0.5, rate=400)
        assert window.requests == server.requests == 200
        assert window.errors == {}
        assert window.lateness.total == 200
        # The last of them was meant to start 2.5 ms before the end.
        assert 300 < window.rps <= 400


async def test_a_rate_beyond_the_servers_capacity_is_overload() -> None:
    async def slow(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(reply())

    async with scripted_server(slow) as server, LoadProcess() as load:
        window = await load.window(
            server.url, connections=2, seconds=0.9, rate=300, reply_timeout=0.5
        )
    assert window.overloaded
    assert window.backlog_at_end > 50
    # Requests that it had no time to answer are counted as well.
    assert window.requests + window.failed == 270
    measurement = Measurement(server.url, 2, (window,))
    assert measurement.percentile(0.5) is None


async def test_an_idle_connection_that_closes_is_replaced() -> None:
    async def closing(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        if server.requests % 20 == 0:
            await writer.drain()
            await asyncio.sleep(0.002)
            writer.close()

    async with scripted_server(closing) as server, LoadProcess() as load:
        window = await load.window(server.url, connections=8, seconds=0.5, rate=200)
    assert window.requests >= 98
    assert window.opened > 8
