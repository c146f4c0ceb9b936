"""A reader over a real socket: at its own pace, until it goes away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, StreamingResponse

from app.course.errors import CourseError
from app.lab.serving import reader as readers
from app.lab.serving.reader import reading
from app.lab.serving.server import Server

LINE = b"x" * 99 + b"\n"
MANY = 200_000
"""Lines: 20 MB, more than the buffers of a system take."""


class Endless:
    """An application whose response is longer than any buffer."""

    def __init__(self, lines: int = MANY) -> None:
        self.app = FastAPI()
        self.sent = 0
        self.ended = asyncio.Event()
        self.app.get("/")(self.stream)
        self.app.get("/broken")(self.broken)
        self.app.get("/short")(lambda: PlainTextResponse("one\ntwo\n"))
        self._lines = lines

    async def stream(self) -> StreamingResponse:
        return StreamingResponse(self._generate())

    async def broken(self) -> StreamingResponse:
        return StreamingResponse(self._fail())

    async def _generate(self) -> AsyncIterator[bytes]:
        try:
            for _ in range(self._lines):
                yield LINE
                self.sent += 1
                # uvicorn accepts what is sent to a client that has gone, and a task is cancelled
                # only where it waits.
                await asyncio.sleep(0)
        finally:
            self.ended.set()

    async def _fail(self) -> AsyncIterator[bytes]:
        yield LINE
        raise ZeroDivisionError


@contextmanager
def served(lines: int = MANY) -> Iterator[tuple[Endless, Server]]:
    endless = Endless(lines)
    with Server(endless.app) as server:
        yield endless, server


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def standstill(endless: Endless) -> int:
    """The lines sent once no more are being sent."""
    before = -1
    while endless.sent != before:
        before = endless.sent
        await asyncio.sleep(0.3)
    return before


async def test_only_what_is_asked_for_is_read() -> None:
    with served() as (endless, server):
        async with reading(server, "/") as reader:
            assert reader.status == 200
            assert await reader.read(150) == LINE + LINE[:50]
            stopped = await standstill(endless)
            assert 0 < stopped < MANY
            assert reader.flow.lines == stopped
            rest = [piece async for piece in reader.rest()]
            assert b"".join(rest) == (LINE * MANY)[150:]
            assert reader.complete
            assert await reader.read(10) == b""


async def test_one_that_leaves_is_noticed() -> None:
    with served() as (endless, server):
        async with reading(server, "/") as reader:
            await reader.read(1)
        await eventually(endless.ended.is_set)
        assert endless.sent < MANY
        assert not reader.complete


async def test_a_response_that_breaks_off_is_not_complete() -> None:
    with served() as (_, server):
        async with reading(server, "/broken") as reader:
            assert reader.status == 200
            assert b"".join([piece async for piece in reader.rest()]) == LINE
            assert not reader.complete


async def test_a_response_with_a_length_is_complete_at_its_end() -> None:
    with served() as (_, server):
        async with reading(server, "/short") as reader:
            assert reader.headers["content-type"].startswith("text/plain")
            assert await reader.read(100) == b"one\ntwo\n"
            assert reader.complete


async def test_where_nothing_arrives_the_reader_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "TIMEOUT", 0.05)
    app = FastAPI()
    app.get("/")(asyncio.Event().wait)
    with Server(app) as server, pytest.raises(CourseError, match="Nothing has arrived"):
        async with reading(server, "/"):
            pass
