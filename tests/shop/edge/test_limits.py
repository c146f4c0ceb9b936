"""A body that is too large or compressed is refused, unread where that can be."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import Request
from pydantic import BaseModel
from starlette.middleware import Middleware

from app.shop.edge import edge
from app.shop.edge.limits import Limits
from app.shop.fields import Body
from app.shop.settings import Settings
from tests.shop.edge.serving import connect, make_app, read_status, serve

MOST = 100_000


class Comment(BaseModel):
    body: Body
    anything: Any = None


@pytest.fixture(scope="module")
def calls() -> list[int]:
    """How many bytes each call of the endpoint has read."""
    return []


@pytest.fixture(scope="module")
def url(calls: list[int]) -> Iterator[str]:
    app = make_app(Middleware(Limits, max_body_bytes=MOST))

    @app.post("/body")
    async def read(request: Request) -> int:
        calls.append(0)
        async for chunk in request.stream():
            calls[-1] += len(chunk)
        return calls[-1]

    with serve(app) as url:
        yield url


@pytest.fixture(autouse=True)
def no_calls(calls: list[int]) -> None:
    calls.clear()


async def post(url: str, **request: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url) as client:
        return await client.post("/body", **request)


def assert_refused(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


async def pieces(size: int, piece: int = 10_000) -> AsyncIterator[bytes]:
    while size > 0:
        yield b"x" * min(piece, size)
        size -= piece


@pytest.mark.parametrize("chunked", [False, True])
async def test_as_much_as_allowed(url: str, chunked: bool) -> None:
    answer = await post(url, content=pieces(MOST) if chunked else b"x" * MOST)
    assert answer.json() == MOST


async def test_one_byte_more_by_content_length(url: str, calls: list[int]) -> None:
    answer = await post(url, content=b"x" * (MOST + 1))
    assert_refused(answer, 413)
    assert "100000" in answer.json()["detail"]
    assert calls == []


async def test_one_byte_more_in_chunks(url: str, calls: list[int]) -> None:
    answer = await post(url, content=pieces(MOST + 1))
    assert_refused(answer, 413)
    assert all(size <= MOST for size in calls)


def test_what_is_announced_too_large_is_not_waited_for(url: str, calls: list[int]) -> None:
    for length in (MOST + 1, 10**15, 2**64 - 1):
        with connect(url) as connection:
            connection.sendall(
                b"POST /body HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % length
            )
            assert read_status(connection) == 413
    assert calls == []


def test_the_answer_comes_while_the_body_goes_on(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(
            b"POST /body HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"2710\r\n%b\r\n" % (b"x" * 10_000)
        for _ in range(12):
            connection.sendall(chunk)
        assert read_status(connection) == 413
        for _ in range(12):
            connection.sendall(chunk)
        connection.sendall(
            b"0\r\n\r\nPOST /body HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\n\r\nx"
        )
        assert read_status(connection) == 200


async def test_who_sends_all_of_it_first_still_gets_the_answer(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for _ in range(10):
            assert_refused(await client.post("/body", content=b"x" * 3_000_000), 413)
            assert (await client.post("/body", content=b"x")).json() == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, identity", "unknown", ""])
async def test_a_compressed_body(url: str, calls: list[int], coding: str) -> None:
    answer = await post(url, content=b"x" * 10, headers={"Content-Encoding": coding})
    assert_refused(answer, 415)
    assert answer.headers["accept-encoding"] == "identity"
    assert calls == []


@pytest.mark.parametrize("coding", ["identity", "Identity"])
async def test_a_body_as_it_is(url: str, coding: str) -> None:
    answer = await post(url, content=b"x" * 10, headers={"Content-Encoding": coding})
    assert answer.json() == 10


@pytest.mark.parametrize("length", [b"", b"-1", b"+1", b"1_0", b"ten", b"\xb2"])
async def test_a_length_that_is_no_number(length: bytes) -> None:
    """A server refuses most of these itself."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def never(*_: Any) -> Any:
        raise AssertionError

    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", length)]}
    await Limits(never, MOST)(scope, never, send)
    assert sent[0]["status"] == 400


@pytest.fixture(scope="module")
def whole_edge_url() -> Iterator[str]:
    app = make_app(*edge(Settings()))

    @app.post("/comments")
    async def add(comment: Comment) -> str:
        return comment.body

    with serve(app) as url:
        yield url


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"body":' * 100_000,
        b'{"body": "x", "anything": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"body": "' + b"\xff" + b'"}',
        b'{"body": "\xed\xa0\x80"}',
        b'{"body": "\\ud800"}',
        b'{"body": ' + b"9" * 100_000 + b"}",
        b"not JSON",
        b"\x00" * 100,
        b"",
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_what_cannot_be_read_is_the_clients_mistake(whole_edge_url: str, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=whole_edge_url) as client:
        answer = await client.post(
            "/comments", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code in (400, 422)
    assert_refused(answer, answer.status_code)
