"""Endpoints that do not return: what the learner is told, and what becomes of them.

The limits are shortened. Whether something is given up too early is tested with code that is slow
and gets on, not with a clock.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from app.course.errors import CourseError
from app.course.evidence import Burst
from app.lab.checks.burst import send_burst
from app.lab.serving import exchange as exchanges
from app.lab.serving import runaways, watchdog
from app.lab.serving.exchange import Exchange, exchange
from app.lab.serving.loop import serving_loop
from app.lab.serving.runaways import StillRunning, refuse_beside_runaways
from app.lab.serving.server import Server, ServerError
from app.lab.serving.watchdog import Unanswered
from tests.lab.serving.cells import cell

pytestmark = pytest.mark.slow

INTERRUPTED = "It was interrupted"
RESTART = "Restart the kernel"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "BLOCKED_SECONDS", 1.2)
    monkeypatch.setattr(watchdog, "IDLE_SECONDS", 0.8)
    monkeypatch.setattr(watchdog, "LONGEST_SECONDS", 2)
    monkeypatch.setattr(runaways, "_found", [])


def serve(endpoint: Callable[..., Any]) -> Server:
    app = FastAPI()
    app.get("/")(endpoint)
    app.get("/other")(lambda: "answered")
    return Server(app)


async def get(endpoint: Callable[..., Any]) -> Exchange:
    with serve(endpoint) as server:
        try:
            return await exchange(server, "/")
        finally:
            await still_answers(server)


async def still_answers(server: Server) -> None:
    if server.alive:
        assert (await exchange(server, "/other")).answer == "answered"


ENDLESS = {
    "loop": ("async def endpoint():\n    while True:\n        pass\n", "line"),
    "loop that catches exceptions": (
        "async def endpoint():\n"
        "    while True:\n"
        "        try:\n"
        "            time.sleep(0.01)\n"
        "        except Exception:\n"
        "            pass\n",
        "line",
    ),
    "loop in a thread": ("def endpoint():\n    while True:\n        pass\n", "line"),
    "event that nobody sets": (
        "async def endpoint():\n    await asyncio.Event().wait()\n",
        "line 2 of your cell: `await asyncio.Event().wait()`",
    ),
    "polling": (
        "async def endpoint():\n    while True:\n        await asyncio.sleep(0.01)\n",
        "line 3 of your cell: `await asyncio.sleep(0.01)`",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
async def test_it_is_interrupted_and_its_line_named(name: str) -> None:
    source, line = ENDLESS[name]
    with pytest.raises(Unanswered, match="`endpoint` does not return") as raised:
        await get(cell(source))
    assert f"{line}" in str(raised.value)
    assert INTERRUPTED in str(raised.value)
    refuse_beside_runaways()


async def test_a_stream_without_an_end() -> None:
    endless = cell(
        "async def generate():\n"
        "    while True:\n"
        "        yield b'x'\n"
        "        await asyncio.sleep(0)\n\n"
        "async def endpoint():\n"
        "    return respond(generate())\n",
        respond=StreamingResponse,
    )
    with pytest.raises(Unanswered, match="`generate` does not return"):
        await get(endless)


async def test_a_flood_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "_LARGEST_BODY", 1_000_000)

    async def generate() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000

    async def endpoint() -> StreamingResponse:
        return StreamingResponse(generate())

    with pytest.raises(CourseError, match=r"longer than 1 MB|does not return"):
        await get(endpoint)


@pytest.mark.parametrize("kind", ["async def", "def"])
async def test_what_cannot_be_interrupted_forbids_measuring(kind: str) -> None:
    over = threading.Event()
    deaf = cell(f"{kind} endpoint():\n    wait()\n", wait=over.wait)
    loop = serving_loop(None)
    with pytest.raises(Unanswered, match=RESTART):
        await get(deaf)
    with pytest.raises(StillRunning, match="`endpoint` still runs"):
        refuse_beside_runaways()
    # After a loop that is blocked for good comes another one: here asyncio's own, for a change.
    assert (serving_loop(None) is loop) == (kind == "def")
    with serve(lambda: "hello") as server:
        assert (await exchange(server, "/")).answer == "hello"
    over.set()
    while runaways._found:
        await asyncio.sleep(0.01)
        runaways._found[:] = [one for one in runaways._found if one.runs()]
    refuse_beside_runaways()


async def test_slow_and_getting_on_is_waited_for() -> None:
    async def blocks_for_a_while() -> None:
        time.sleep(0.1)  # noqa: ASYNC251

    with serve(blocks_for_a_while) as server:
        # One after the other, they block the loop for longer than any may.
        seen = await send_burst(Burst("/", requests=30, connections=30), server)
    assert seen.statuses == {200: 30}


async def test_of_many_requests_one_that_waits_for_the_others() -> None:
    turn = asyncio.Lock()

    async def in_turn() -> None:
        async with turn:
            await asyncio.sleep(0.1)

    with serve(in_turn) as server:
        seen = await send_burst(Burst("/", requests=20, connections=20), server)
    assert seen.statuses == {200: 20}


async def test_a_burst_that_nobody_answers() -> None:
    with (
        serve(cell("async def endpoint():\n    await asyncio.sleep(1e9)\n")) as server,
        pytest.raises(Unanswered, match="line 2 of your cell"),
    ):
        await send_burst(Burst("/", requests=6, connections=3), server)


def test_a_start_that_blocks() -> None:
    app = FastAPI(lifespan=cell("def endpoint(app):\n    while True:\n        pass\n"))
    with pytest.raises(CourseError, match="`endpoint` does not return"):
        Server(app)


def test_a_start_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.lab.serving.server._START_SECONDS", 0.5)

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await asyncio.Event().wait()

    with pytest.raises(ServerError, match="still starts"):
        Server(app)
