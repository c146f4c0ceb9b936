"""Every kind of misbehaviour is named, none counts as success, and none hangs the generator."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from app.lab.load import LoadProcess, Unreachable, Window, WorkerDied
from benchmarks.tool.scripted_server import ScriptedServer, reply, scripted_server
from benchmarks.tool.studies.faults import FAULTS, Fault

BOUND = 20
"""Seconds after which a window on a misbehaving server counts as hung."""


@pytest.fixture
async def load() -> AsyncIterator[LoadProcess]:
    async with LoadProcess() as process:
        yield process


async def window(load: LoadProcess, server: ScriptedServer, reply_timeout: float = BOUND) -> Window:
    async with asyncio.timeout(BOUND):
        return await load.window(
            server.url, connections=4, seconds=0.2, reply_timeout=reply_timeout
        )


@pytest.mark.parametrize("fault", FAULTS[:-1], ids=lambda fault: fault.kind)
async def test_each_kind_is_named(load: LoadProcess, fault: Fault) -> None:
    async with scripted_server(fault.behave) as server:
        # Only the fault that tests it may time out, however busy the machine.
        late = fault.kind == "timeout"
        seen = await window(load, server, reply_timeout=0.4 if late else BOUND)
        assert seen.requests == 0
        assert set(seen.errors) == {fault.kind}
        assert seen.failed == server.requests


async def test_some_errors_among_successes(load: LoadProcess) -> None:
    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(status="503 Busy" if server.requests % 10 == 0 else "200 OK"))

    async with scripted_server(behave) as server:
        seen = await window(load, server)
        assert seen.errors == {"5xx": server.requests // 10}
        assert seen.requests == server.requests - server.requests // 10


@pytest.mark.parametrize("odd", [b'{"id": 10}', b'{"id": 2}'])
async def test_a_body_that_differs_from_the_first_ones(load: LoadProcess, odd: bytes) -> None:
    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(odd) if server.requests == 20 else reply())

    async with scripted_server(behave) as server:
        assert (await window(load, server)).errors == {"wrong_body": 1}


async def test_bodies_that_vary_from_the_start_are_allowed(load: LoadProcess) -> None:
    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(str(server.requests).encode()))

    async with scripted_server(behave) as server:
        assert (await window(load, server)).errors == {}


async def test_no_server(load: LoadProcess) -> None:
    async with scripted_server() as server:
        pass
    async with asyncio.timeout(BOUND):
        with pytest.raises(Unreachable, match="No server answers"):
            await load.window(server.url, seconds=0.1)


@pytest.mark.parametrize("rate", [None, 500])
async def test_a_server_that_dies_midway(load: LoadProcess, rate: float | None) -> None:
    async def behave(server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        if server.requests == 50:
            await writer.drain()
            server.die()

    async with scripted_server(behave) as server, asyncio.timeout(BOUND):
        # Much longer than the bound: the window must end because the server is gone.
        seen = await load.window(
            server.url, connections=4, seconds=60, rate=rate, reply_timeout=0.4
        )
        assert seen.gone
        assert seen.errors["connect"] > 0
        assert 0 < seen.requests <= 50


async def test_a_killed_generator_is_reported(load: LoadProcess) -> None:
    async with scripted_server() as server, asyncio.timeout(BOUND):
        running = asyncio.create_task(load.window(server.url, seconds=30))
        await asyncio.sleep(0.3)
        psutil.Process(load.pid).kill()
        with pytest.raises(WorkerDied, match="exited"):
            await running


async def test_an_abandoned_window_does_not_answer_for_the_next(load: LoadProcess) -> None:
    async with scripted_server() as server, asyncio.timeout(BOUND):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await load.window(server.url, seconds=30)
        with pytest.raises(WorkerDied):
            await load.window(server.url, seconds=0.1)
