"""A request body that is too large or compressed is rejected, if possible without reading it."""

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

MAX_BYTES = 100_000


class Comment(BaseModel):
    body: Body
    anything: Any = None


@pytest.fixture(scope="module")
def calls() -> list[int]:
    """How many bytes each call of the endpoint has read."""
    return []


@pytest.fixture(scope="module")
def url(calls: list[int]) -> Iterator[str]:
    app = make_app(Middleware(Limits, max_body_bytes=MAX_BYTES))

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


def assert_rejected(response: httpx.Response, status: int) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status


async def chunks(size: int, chunk: int = 10_000) -> AsyncIterator[bytes]:
    while size > 0:
        yield b"x" * min(chunk, size)
        size -= chunk


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_the_maximum_size_is_accepted(url: str, chunked: bool) -> None:
    response = await post(url, content=chunks(MAX_BYTES) if chunked else b"x" * MAX_BYTES)
    assert response.json() == MAX_BYTES


async def test_a_larger_content_length_is_rejected_without_calling_the_endpoint(
    url: str, calls: list[int]
) -> None:
    response = await post(url, content=b"x" * (MAX_BYTES + 1))
    assert_rejected(response, 413)
    assert "100000" in response.json()["detail"]
    assert calls == []


async def test_a_larger_chunked_body_is_rejected(url: str, calls: list[int]) -> None:
    response = await post(url, content=chunks(MAX_BYTES + 1))
    assert_rejected(response, 413)
    assert all(size <= MAX_BYTES for size in calls)


def test_a_body_declared_too_large_is_rejected_before_it_is_sent(
    url: str, calls: list[int]
) -> None:
    for length in (MAX_BYTES + 1, 10**15, 2**64 - 1):
        with connect(url) as connection:
            connection.sendall(
                b"POST /body HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % length
            )
            assert read_status(connection) == 413
    assert calls == []


def test_the_413_is_sent_while_the_client_is_still_sending(url: str) -> None:
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


async def test_a_client_that_sends_the_whole_body_first_still_gets_the_413(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for _ in range(10):
            assert_rejected(await client.post("/body", content=b"x" * 3_000_000), 413)
            assert (await client.post("/body", content=b"x")).json() == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, identity", "unknown", ""])
async def test_a_compressed_body_is_rejected_with_415(
    url: str, calls: list[int], coding: str
) -> None:
    response = await post(url, content=b"x" * 10, headers={"Content-Encoding": coding})
    assert_rejected(response, 415)
    assert response.headers["accept-encoding"] == "identity"
    assert calls == []


@pytest.mark.parametrize("coding", ["identity", "Identity"])
async def test_a_body_with_identity_encoding_is_accepted(url: str, coding: str) -> None:
    response = await post(url, content=b"x" * 10, headers={"Content-Encoding": coding})
    assert response.json() == 10


@pytest.mark.parametrize("length", [b"", b"-1", b"+1", b"1_0", b"ten", b"\xb2"])
async def test_a_malformed_content_length_is_rejected_with_400(length: bytes) -> None:
    """A server rejects most of these itself."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def never(*_: Any) -> Any:
        raise AssertionError

    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", length)]}
    await Limits(never, MAX_BYTES)(scope, never, send)
    assert sent[0]["status"] == 400


@pytest.fixture(scope="module")
def full_stack_url() -> Iterator[str]:
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
async def test_a_body_that_cannot_be_parsed_is_a_client_error(
    full_stack_url: str, body: bytes
) -> None:
    async with httpx.AsyncClient(base_url=full_stack_url) as client:
        response = await client.post(
            "/comments", content=body, headers={"Content-Type": "application/json"}
        )
    assert response.status_code in (400, 422)
    assert_rejected(response, response.status_code)
