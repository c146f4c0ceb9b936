"""A client that reads a response at its own pace, over a real socket, or goes away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit
from uuid import uuid4

import httptools

from app.course.errors import CourseError
from app.course.flow import Flow
from app.lab.serving.host import Host
from app.lab.serving.trace import Trace
from app.lab.wire.middleware import FLOW, INSTRUMENTS_HEADER, TRACE_HEADER

TIMEOUT = 60.0
"""Seconds to wait for the next bytes."""
_LARGEST_PIECE = 262_144
SMALL_BUFFER = 16_384
"""Bytes that the system receives for a reader that does not read; it doubles what it is asked for.
By default it would receive megabytes."""


class Reader:
    """One response while it is read. Nothing is received that nobody asks for, except what fits
    into the buffers of the system."""

    def __init__(self, host: Host, token: bytes, connection: socket.socket) -> None:
        self.trace = host.trace(token)
        """What the request will have done, once the server is done with it."""
        self._host = host
        self._token = token
        self._socket = connection
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._has_head = self._is_over = False
        self.status = 0
        """0 until the response has begun."""
        self.headers: dict[str, str] = {}
        self.complete = False
        """Whether the response has ended as HTTP says: with its last chunk or its last byte."""

    @property
    def flow(self) -> Flow:
        """How far the server is with this response: ``rows`` received from PostgreSQL, ``lines``
        sent, and the ``peak`` of the rows ``in_flight`` between the two."""
        return self._host.flow(self._token) or Flow()

    async def finished(self) -> Trace:
        """Wait until the server is done with the request, also after the reader has left: what it
        has done. Raises ``CourseError`` if that takes a minute."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await asyncio.shield(asyncio.wrap_future(self.trace))
        except TimeoutError:
            raise CourseError(f"The request is not over after {TIMEOUT:g} s.") from None

    async def read(self, size: int) -> bytes:
        """The next ``size`` bytes of the body; fewer where it ends or breaks off.

        Raises ``CourseError`` if nothing arrives for a minute.
        """
        while len(self._body) < size and not self._is_over:
            await self._receive()
        piece = bytes(self._body[:size])
        del self._body[:size]
        return piece

    async def rest(self) -> AsyncIterator[bytes]:
        """All that is left of the body, in pieces as they arrive."""
        while True:
            while not self._body and not self._is_over:
                await self._receive()
            if not self._body:
                return
            piece = bytes(self._body)
            self._body.clear()
            yield piece

    async def begin(self) -> None:
        """Wait for the head of the response."""
        while not self._has_head and not self._is_over:
            await self._receive()

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        data = b""
        try:
            async with asyncio.timeout(TIMEOUT):
                with suppress(OSError):
                    data = await loop.sock_recv(self._socket, _LARGEST_PIECE)
        except TimeoutError:
            raise CourseError(f"Nothing has arrived for {TIMEOUT:g} s.") from None
        if not data:
            self._is_over = True
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._is_over = True

    # For the parser.

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.complete = self._is_over = True


@asynccontextmanager
async def reading(
    host: Host,
    path: str,
    *,
    url: str | None = None,
    headers: Mapping[str, str] | None = None,
    buffer: int | None = SMALL_BUFFER,
) -> AsyncIterator[Reader]:
    """A reader of the response to ``GET path``, which has begun. It goes away at the end.

    ``url`` addresses one of several workers. ``buffer`` is the size of the system's receive buffer
    in bytes; ``None`` for its default.
    """
    parts = urlsplit(url or host.url)
    address = parts.hostname or "127.0.0.1", parts.port or 80
    token = uuid4().hex
    sent = {
        "Host": f"{address[0]}:{address[1]}",
        "Connection": "close",
        "Accept-Encoding": "identity",
        **(headers or {}),
        TRACE_HEADER.decode(): token,
        INSTRUMENTS_HEADER.decode(): FLOW,
    }
    head = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setblocking(False)
        if buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        await loop.sock_connect(connection, address)
        reader = Reader(host, token.encode(), connection)
        await loop.sock_sendall(connection, "\r\n".join(head).encode("latin-1"))
        await reader.begin()
        yield reader
