"""A server in a thread: it starts, it stops, it says why it could not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from app.lab.server import Server, ServerError


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
