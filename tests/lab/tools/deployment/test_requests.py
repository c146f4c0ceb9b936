"""What becomes of a request, told apart on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.lab.services.sockets import free_port
from app.lab.tools.deployment.requests import request

HEAD = b"HTTP/1.1 200 OK\r\nx-worker: 7\r\ncontent-length: 4\r\n\r\n"


@asynccontextmanager
async def replying(data: bytes) -> AsyncIterator[str]:
    """A server that sends ``data`` and closes the connection."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        writer.close()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_complete_response_says_who_answered() -> None:
    async with replying(HEAD + b"done") as url:
        reply = await request(url, "/")
    assert (reply.status, reply.worker, reply.failure) == (200, 7, "")


@pytest.mark.parametrize(
    ("data", "failure", "may_retry"), [(b"", "dropped", True), (HEAD + b"do", "broken off", False)]
)
async def test_only_a_request_without_any_response_may_be_retried(
    data: bytes, failure: str, *, may_retry: bool
) -> None:
    async with replying(data) as url:
        reply = await request(url, "/")
    assert (reply.status, reply.failure, reply.may_retry) == (0, failure, may_retry)


async def test_where_nobody_listens_a_request_is_refused() -> None:
    reply = await request(f"http://127.0.0.1:{free_port()}", "/")
    assert (reply.failure, reply.may_retry) == ("refused", True)
