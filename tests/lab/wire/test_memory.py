"""The memory that a request takes at its peak."""

import asyncio
import tracemalloc

import pytest
from fastapi import FastAPI, Request

from app.lab.serving.exchange import Exchange, exchange
from app.lab.serving.server import Server

MB = 1_000_000
SLACK = MB // 2
"""For what the server and the notebook allocate meanwhile."""


async def measured(app: FastAPI, *, method: str = "GET", body: bytes | None = None) -> Exchange:
    with Server(app) as server:
        await exchange(server, "/", method=method, body=body)
        return await exchange(server, "/", method=method, body=body, instruments=["memory"])


async def test_the_peak_is_what_was_held_at_one_time() -> None:
    app = FastAPI()

    @app.get("/")
    async def allocate() -> None:
        for _ in range(3):
            held = [bytes(2 * MB) for _ in range(10)]
            await asyncio.sleep(0)
            del held

    seen = await measured(app)
    assert seen.peak_memory is not None
    assert 20 * MB <= seen.peak_memory < 20 * MB + SLACK
    assert not tracemalloc.is_tracing()
    assert "bytes of memory at the peak" in seen.counters().headers


async def test_what_was_there_before_does_not_count() -> None:
    app = FastAPI()
    app.state.kept = [bytes(MB) for _ in range(30)]

    @app.get("/")
    async def read() -> int:
        return len(app.state.kept)

    seen = await measured(app)
    assert seen.peak_memory is not None
    assert seen.peak_memory < SLACK


@pytest.mark.parametrize(("read", "expected"), [(False, 0), (True, 8 * MB)])
async def test_a_body_counts_once_the_application_has_read_it(read: bool, expected: int) -> None:
    """The client that sends it is in the same process."""
    app = FastAPI()

    @app.post("/")
    async def accept(request: Request) -> int:
        return len(await request.body()) if read else 0

    seen = await measured(app, method="POST", body=b"x" * 8 * MB)
    assert seen.answer == expected
    assert seen.peak_memory is not None
    assert expected <= seen.peak_memory < expected + SLACK


async def test_of_two_measurements_at_once_one_is_unknown() -> None:
    app = FastAPI()
    both = asyncio.Barrier(2)

    @app.get("/")
    async def wait() -> None:
        await both.wait()

    with Server(app) as server:
        seen = await asyncio.gather(
            *(exchange(server, "/", instruments=["memory"]) for _ in range(2))
        )
    peaks = [one.peak_memory for one in seen]
    assert peaks.count(None) == 1
    assert "unknown" in str(seen[peaks.index(None)])


async def test_a_failing_request_ends_the_measurement() -> None:
    app = FastAPI()

    @app.get("/")
    async def fail() -> None:
        raise ValueError("no")

    seen = await measured(app)
    assert seen.status == 500
    assert seen.peak_memory is not None
    assert not tracemalloc.is_tracing()


async def test_only_a_request_of_the_labs_own_is_measured() -> None:
    """A header that anybody can send does not make an application slow."""
    app = FastAPI()
    tracing: list[bool] = []

    @app.get("/")
    async def read() -> None:
        tracing.append(tracemalloc.is_tracing())

    from app.lab.serving.http import client
    from app.lab.wire.middleware import INSTRUMENTS_HEADER

    with Server(app) as server:
        async with client(server.url) as http:
            await http.get("/", headers={INSTRUMENTS_HEADER.decode(): "memory"})
    assert tracing == [False]
