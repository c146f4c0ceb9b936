"""Many requests at once: how many got which status, and why."""

import asyncio
import gc
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from app.course.errors import CourseError
from app.course.evidence import Burst, BurstObservation, Evidence
from app.course.steps import answers_bursts
from app.course.work import Work
from app.lab.checks.burst import send_burst
from app.lab.serving.host import Host
from app.lab.serving.server import Server
from app.shop import create_app
from app.shop.errors import answer_with_problems, problem
from app.shop.settings import Settings
from tests.shop.auth import bearer

BURST = Burst("/", requests=12, connections=6)
TOGETHER = Burst("/", requests=30, connections=30, barrier=True)


def refusal(seen: BurstObservation) -> str:
    found = answers_bursts(hint=1)(Evidence(None, bursts=(seen,)))
    assert found
    return found.message


# Such a pool loses connections that it has opened at the same time.
@pytest.mark.filterwarnings("ignore:unclosed connection:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_one_connection_for_all_is_named_as_the_cause(settings: Settings) -> None:
    engine = create_async_engine(settings.database_url, poolclass=StaticPool)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    answer_with_problems(app)

    @app.get("/")
    async def read() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(0.01)"))

    with Server(app) as server:
        seen = await send_burst(BURST, server)
    gc.collect()  # here, and not in a test that takes a warning for an error
    message = refusal(seen)
    assert "with 500 (InterfaceError: cannot" in message
    assert "503" not in message


async def test_what_a_problem_says_is_the_cause() -> None:
    app = FastAPI()
    replies = iter([200, 503, 503, 429] * 3)

    @app.get("/")
    async def reply() -> object:
        status = next(replies)
        return problem(status, f"detail of {status}") if status != 200 else "fine"

    with Server(app) as server:
        seen = await send_burst(BURST, server)
    assert seen.statuses == {200: 3, 429: 3, 503: 6}
    assert "3 with 429 (detail of 429), 6 with 503 (detail of 503)" in refusal(seen)


@pytest.mark.parametrize("reasons", [{}, {503: "x"}])
def test_a_status_without_a_reason(reasons: dict[int, str]) -> None:
    seen = BurstObservation(BURST, {0: 1, 200: 10, 500: 1}, Work(), 0, reasons)
    assert "10 were answered with 200, 1 not at all, 1 with 500; expected" in refusal(seen)


async def test_it_is_sent_with_a_token_and_headers(settings: Settings) -> None:
    token = bearer(1)["Authorization"].removeprefix("Bearer ")
    burst = Burst("/api/me", 4, 2, headers={"Accept": "text/plain"})
    with Server(create_app(settings)) as server:
        assert (await send_burst(burst, server)).statuses == {401: 4}
        assert (await send_burst(burst, server, token)).statuses == {200: 4}

    app = FastAPI()

    @app.get("/")
    async def read(request: Request) -> Response:
        return Response(status_code=200 if request.headers["accept"] == "text/plain" else 400)

    with Server(app) as server:
        seen = await send_burst(replace(burst, path="/"), server)
    assert seen.statuses == {200: 4}


async def test_it_shows_first_why_requests_failed() -> None:
    app = FastAPI()

    @app.get("/")
    async def broken() -> None:
        raise ValueError("no <good>")

    with Server(app) as server:
        seen = await send_burst(BURST, server)
    assert str(seen).splitlines()[:2] == [
        "GET /: 12 requests, 6 at a time",
        "12 of 12 requests got 500: ValueError: no <good>",
    ]
    page = seen._repr_html_()
    assert page.index("ValueError: no &lt;good&gt;") < page.index("<table>")


async def most_at_a_time(server: Server, burst: Burst, running: list[int]) -> int:
    running.clear()
    seen = await send_burst(burst, server)
    assert seen.statuses == {200: burst.requests}
    return max(running)


async def test_a_barrier_has_all_requests_in_progress_at_the_same_time() -> None:
    app = FastAPI()
    running, now = [0], 0

    @app.get("/")
    async def count() -> None:
        nonlocal now
        now += 1
        running.append(now)
        await asyncio.sleep(0)
        now -= 1

    with Server(app) as server:
        assert await most_at_a_time(server, TOGETHER, running) == TOGETHER.requests
        one_at_a_time = Burst("/", requests=30, connections=1)
        assert await most_at_a_time(server, one_at_a_time, running) == 1, "the barrier is still up"


async def test_no_reply_arrives_while_requests_released_by_a_barrier_begin() -> None:
    """Otherwise a burst on an empty cache could find what its own first request has stored."""
    with served_by_a_thread() as address:
        app, cached, misses = FastAPI(), list[bytes](), 0

        @app.get("/")
        async def read() -> None:
            nonlocal misses
            if not cached:
                misses += 1
                reader, writer = await asyncio.open_connection(*address)
                cached.append(await reader.read(1))
                writer.close()

        with Server(app) as server:
            for _ in range(5):
                cached.clear()
                await send_burst(TOGETHER, server)
    assert misses == 5 * TOGETHER.requests


async def test_a_broken_barrier_lets_its_requests_go() -> None:
    app = FastAPI()

    @app.get("/")
    async def reply() -> None:
        pass

    with Server(app) as server:
        with server.barrier(2):
            lone = asyncio.create_task(asyncio.to_thread(httpx.get, server.url))
            assert await asyncio.to_thread(begins, server)
            assert not lone.done()
        assert (await lone).status_code == 200


def begins(server: Server) -> bool:
    """Whether a request arrives within ten seconds."""
    for _ in range(1_000):
        if server.ledger.running:
            return True
        time.sleep(0.01)
    return False


def test_a_barrier_needs_a_connection_for_each_request() -> None:
    with pytest.raises(CourseError, match="needs as many connections; not 6"):
        Burst("/", requests=30, connections=6, barrier=True)


async def test_a_barrier_needs_a_single_process() -> None:
    workers = cast(Host, SimpleNamespace(total=Work(), reset_peak=lambda: None))
    with pytest.raises(CourseError, match="only where one process serves them"):
        await send_burst(TOGETHER, workers)


@contextmanager
def served_by_a_thread() -> Iterator[tuple[str, int]]:
    """A server that answers at once, in another thread, with one byte."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"x")

    class Listener(socketserver.ThreadingTCPServer):
        request_queue_size = 2 * TOGETHER.requests

    with Listener(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address  # type: ignore[misc]
        server.shutdown()
