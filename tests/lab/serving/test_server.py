"""A server in a thread: it starts, it stops, it says why it could not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Event
from time import perf_counter

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app.lab.serving.prompt_uvicorn import PromptUvicorn
from app.lab.serving.server import Server, ServerError


def test_it_answers_until_it_is_stopped() -> None:
    app = FastAPI()
    app.get("/")(lambda: {"hello": "world"})
    server = Server(app)
    assert httpx.get(server.url).json() == {"hello": "world"}
    server.stop()
    server.stop()
    assert not server.alive
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_a_failing_start_is_a_sentence() -> None:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("no database today")
        yield

    with pytest.raises(ServerError, match="RuntimeError: no database today"):
        Server(FastAPI(lifespan=lifespan))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    app = FastAPI()

    @app.get("/")
    async def broken() -> None:
        raise ValueError("seen in the result, not in a cell")

    server = Server(app)
    assert httpx.get(server.url).status_code == 500
    server.stop()
    assert capfd.readouterr() == ("", "")


@contextmanager
def asked(server: Server, entered: Event) -> Iterator[Future[httpx.Response]]:
    """A request that has arrived and is not answered yet."""
    with ThreadPoolExecutor(1) as customer:
        answer = customer.submit(httpx.get, server.url, timeout=60)
        assert entered.wait(30)
        yield answer


def test_a_request_that_runs_is_answered_before_the_end() -> None:
    app, entered = FastAPI(), Event()

    @app.get("/")
    async def slow() -> str:
        entered.set()
        await asyncio.sleep(0.2)
        return "done"

    server = Server(app)
    with asked(server, entered) as answer:
        server.stop()
        assert answer.result().json() == "done"
    assert not server.alive


def test_a_request_that_takes_too_long_is_given_up() -> None:
    entered, ended, in_time = Event(), Event(), Event()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        # Before the application's own end, which may take away what the request needs.
        if ended.is_set():
            in_time.set()

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def endless() -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    server = Server(app)
    with asked(server, entered) as answer:
        server.stop()
        assert not server.alive
        assert in_time.is_set()
        with suppress(httpx.HTTPError):
            assert answer.result().status_code == 500


def test_it_does_not_pause_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(kind: type[uvicorn.Server]) -> float:
        monkeypatch.setattr("app.lab.serving.server.PromptUvicorn", kind)
        server = Server(FastAPI())
        with httpx.Client() as connected:
            connected.get(server.url)
            begin = perf_counter()
            server.stop()
            return perf_counter() - begin

    class Usual(uvicorn.Server):
        def stop(self) -> None:
            self.should_exit = True

    assert 5 * min(seconds(PromptUvicorn) for _ in range(3)) < seconds(Usual)
