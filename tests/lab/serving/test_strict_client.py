"""The client that takes HTTP literally, against servers that write whatever they like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.course.http import Received
from app.lab.serving.strict_client import StrictClient

OK = b"HTTP/1.1 200 OK\r\n"


@asynccontextmanager
async def writing(response: bytes) -> AsyncIterator[StrictClient]:
    """A client of a server that writes ``response`` to every request and closes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield StrictClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def received(response: bytes, method: str = "GET") -> Received:
    async with writing(response) as client:
        return await client.request("/", method=method)


@pytest.mark.parametrize(
    ("response", "body"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (OK + b"Content-Length: 0\r\n\r\n", b""),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', b""),
    ],
)
async def test_a_valid_response_has_no_faults(response: bytes, body: bytes) -> None:
    seen = await received(response)
    assert seen.faults == ()
    assert seen.body == body


async def test_a_head_response_may_declare_the_length_of_the_body_it_omits() -> None:
    seen = await received(OK + b"Content-Length: 5\r\n\r\n", method="HEAD")
    assert (seen.faults, seen.body) == ((), b"")


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (
            OK + b"Content-Length: 9\r\nContent-Length: 5\r\n\r\nhello",
            "It has 2 headers `content-length`: `9` and `5`.",
        ),
        (
            OK + b"Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello",
            "It has 2 headers `content-length`: `5` and `5`.",
        ),
        (
            OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "It has a `content-length` and is chunked as well.",
        ),
        (OK + b"\r\nhello", "It has neither a `content-length` nor is it chunked."),
        (
            OK + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
            "It has 2 headers `content-encoding`: `gzip` and `gzip`.",
        ),
        (
            b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "A 304 has no body, and this one says that it is chunked.",
        ),
        (
            b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            "A 204 has no body, and this one has a `content-length`.",
        ),
        (OK + b"Content-Length: 4\r\n\r\nhello", "1 bytes follow the end of the response."),
        (b"HTTP/1.1 304 Not Modified\r\n\r\nhello", "5 bytes follow the end of the response."),
        (b"", "The connection was closed before a response."),
    ],
)
async def test_a_violation_is_reported(response: bytes, fault: str) -> None:
    assert fault in (await received(response)).faults


@pytest.mark.parametrize(
    "response",
    [
        OK + b"Content-Length: 9\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nhello",
    ],
)
async def test_a_response_that_is_cut_off_is_not_valid(response: bytes) -> None:
    seen = await received(response)
    (fault,) = seen.faults
    assert "not valid HTTP" in fault


async def test_a_body_in_answer_to_head_is_reported() -> None:
    seen = await received(OK + b"Content-Length: 5\r\n\r\nhello", method="HEAD")
    assert seen.faults == ("5 bytes follow the end of the response.",)


async def test_headers_keep_their_order_and_their_duplicates() -> None:
    seen = await received(
        OK + b"Set-Cookie: a=1\r\nVary: Origin\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    )
    assert seen.values("set-cookie") == ["a=1", "b=2"]
    assert seen.value("vary") == "Origin"
    assert seen.value("etag") is None
    assert [name for name, _ in seen.headers][:3] == ["set-cookie", "vary", "set-cookie"]


async def test_pieces_are_returned_as_they_arrive() -> None:
    allowed = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await allowed.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        client = StrictClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with client.open("/") as response:
            assert await response.more() == b"one"
            allowed.set()
            assert await response.more() == b"two"
            assert await response.more() == b""
            assert response.received().faults == ()


async def test_a_body_is_sent_with_its_length() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        seen.append(await reader.readexactly(4))
        writer.write(OK + b"Content-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        client = StrictClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await client.request("/x", method="POST", headers={"Accept": "b"}, body=b"body")
    head = seen[0].decode().lower()
    assert head.startswith("post /x http/1.1\r\n")
    assert "content-length: 4\r\n" in head
    assert "accept: b\r\n" in head
    assert seen[1] == b"body"
