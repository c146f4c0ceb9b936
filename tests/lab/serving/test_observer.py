"""What a server in a thread of this process tells of itself."""

import gc
import threading
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from app.lab.load import measure
from app.lab.load.clocks import LINUX
from app.lab.serving.server import Server
from benchmarks.tool.apps import plain, stalling


@pytest.fixture
def server() -> Iterator[Server]:
    yield from running(plain())


@pytest.fixture
def stalled() -> Iterator[Server]:
    yield from running(stalling())


def running(app: FastAPI) -> Iterator[Server]:
    server = Server(app)
    yield server
    server.stop()


async def test_the_lag_of_a_loop_that_stands_still(
    stalled: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_SHORT", raising=False)
    found = await measure(stalled.url, seconds=3, rate=50, observer=stalled.observer())
    lag = found.cost.lag
    # Asked at an even pace, 30 % of the calls wait for up to 300 ms.
    assert lag.total > 50
    assert 0.1 < (lag.percentile(0.9) or 0) < 0.4
    assert "event loop lag, ms (p90)" in found.table().headers


async def test_a_closed_loop_is_not_asked_for_its_lag(server: Server) -> None:
    found = await measure(f"{server.url}/small", seconds=0.3, observer=server.observer())
    assert found.cost.lag.total == 0
    assert "event loop lag, ms (p90)" not in found.table().headers


async def test_its_cpu_is_that_of_its_threads(server: Server) -> None:
    few, many = [
        await measure(f"{server.url}/burning/{rounds}", seconds=0.5, observer=server.observer())
        for rounds in (0, 200_000)
    ]
    assert few.cost.server_cpu_per_request
    assert many.cost.server_cpu_per_request
    assert many.cost.server_cpu_per_request > 3 * few.cost.server_cpu_per_request
    assert few.work
    assert few.work.requests == few.requests
    assert few.cost.warning is None


@pytest.mark.skipif(not LINUX, reason="only Linux tells threads apart")
async def test_something_else_in_the_kernel_is_named(server: Server) -> None:
    stopped = threading.Event()

    def meddle() -> None:
        while not stopped.is_set():
            sum(range(10_000))
            time.sleep(0)

    thread = threading.Thread(target=meddle)
    thread.start()
    try:
        found = await measure(f"{server.url}/small", seconds=0.5, observer=server.observer())
    finally:
        stopped.set()
        thread.join()
    assert "Something else was running in this kernel" in found.table().caption


async def test_what_the_kernel_holds_is_no_work_for_the_servers_collector() -> None:
    app, frozen = FastAPI(), []

    @app.get("/")
    async def note() -> None:
        frozen.append(gc.get_freeze_count())

    held = [[number] for number in range(50_000)]
    server = Server(app)
    try:
        await measure(f"{server.url}/", seconds=0.2, windows=3, observer=server.observer())
    finally:
        server.stop()
    # The first ones warm up; then each window has set aside all that is held here.
    assert max(frozen) > len(held)
    assert frozen[-1] > len(held)
    assert gc.get_freeze_count() == 0
