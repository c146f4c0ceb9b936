"""A client that reads a response from its socket and reports every violation of HTTP.

Ordinary clients forgive much, each of them something else, and clients inside a process never see
how a response is framed.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import h11

from app.course.http import Arriving, Received

TIMEOUT = 20.0
"""Seconds to wait for the next bytes of a response that may never come."""
_LARGEST_HEAD = 65_536
_SINGLE = ("content-length", "content-type", "content-encoding", "etag", "transfer-encoding")
"""Headers of which a response has at most one."""

Headers = tuple[tuple[str, str], ...]


class StrictClient:
    """A client of the server at ``url``. Each request has a connection of its own, which the server
    closes, so that whatever follows a response is noticed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80

    async def request(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Received:
        async with self.open(path, method=method, headers=headers, body=body) as response:
            while await response.more():
                pass
            return response.received()

    @asynccontextmanager
    async def open(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> AsyncIterator[Arriving]:
        sent = {"Host": f"{self._host}:{self._port}", "Connection": "close", **(headers or {})}
        if body:
            sent["Content-Length"] = str(len(body))
        parser = h11.Connection(h11.CLIENT)
        request = parser.send(h11.Request(method=method, target=path, headers=[*sent.items()]))
        content = parser.send(h11.Data(body)) if body else b""
        parser.send(h11.EndOfMessage())
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=_LARGEST_HEAD)
        try:
            writer.write((request or b"") + (content or b""))
            response = _Response(reader, parser, method)
            await response.read_head()
            yield response
        finally:
            writer.transport.abort()


class _Response:
    """One response while it arrives."""

    def __init__(self, reader: asyncio.StreamReader, parser: h11.Connection, method: str) -> None:
        self.status = 0
        self.headers: Headers = ()
        self._reader = reader
        self._parser = parser
        self._method = method
        self._body = bytearray()
        self._faults: list[str] = []
        self._is_over = False

    def received(self) -> Received:
        return Received(self.status, self.headers, bytes(self._body), tuple(self._faults))

    async def read_head(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                head = await self._reader.readuntil(b"\r\n\r\n")
        except TimeoutError:
            self._fail(f"No response within {TIMEOUT:g} s.")
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self._fail("The connection was closed before a response.")
        else:
            self.status, self.headers = _parsed(head)
            for fault in framing_faults(self._method, self.status, self.headers):
                self._fail(fault)
            self._parser.receive_data(head)

    async def more(self) -> bytes:
        while not self._is_over:
            try:
                event = self._parser.next_event()
            except h11.RemoteProtocolError as error:
                self._fail(f"The response is not valid HTTP: {error}.")
                break
            if event is h11.NEED_DATA:
                await self._read()
            elif isinstance(event, h11.Data):
                self._body += event.data
                return bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                await self._expect_the_end()
        return b""

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                self._parser.receive_data(await self._reader.read(_LARGEST_HEAD))
        except TimeoutError:
            self._fail(f"The body does not end: nothing has arrived for {TIMEOUT:g} s.")
        except OSError as error:
            self._fail(f"The connection broke in the middle of the body ({error}).")

    async def _expect_the_end(self) -> None:
        self._is_over = True
        after, _ = self._parser.trailing_data
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT):
                after += await self._reader.read()
        if after:
            self._fail(f"{len(after):,} bytes follow the end of the response.")

    def _fail(self, fault: str) -> None:
        self._faults.append(fault)
        self._is_over = True


def framing_faults(method: str, status: int, headers: Headers) -> list[str]:
    """What makes it ambiguous where the response ends, or who it is for (RFC 9112, section 6)."""
    counts = Counter(name for name, _ in headers)
    faults = [
        f"It has {counts[name]} headers `{name}`: {_quoted(headers, name)}."
        for name in _SINGLE
        if counts[name] > 1
    ]
    length, chunked = counts["content-length"], counts["transfer-encoding"]
    has_body = method != "HEAD" and status >= 200 and status not in (204, 304)
    if length and chunked:
        faults.append("It has a `content-length` and is chunked as well.")
    elif has_body and not length and not chunked:
        faults.append("It has neither a `content-length` nor is it chunked.")
    if status in (204, 304) and chunked:
        faults.append(f"A {status} has no body, and this one says that it is chunked.")
    if status == 204 and length:
        faults.append("A 204 has no body, and this one has a `content-length`.")
    return faults


def _quoted(headers: Headers, name: str) -> str:
    return " and ".join(f"`{value}`" for key, value in headers if key == name)


def _parsed(head: bytes) -> tuple[int, Headers]:
    """Status and headers. h11 would merge some of the duplicates."""
    start, *lines = head.decode("latin-1").split("\r\n")
    status = start.split(" ")[1] if start.count(" ") else ""
    pairs = (line.partition(":") for line in lines if line)
    return (
        int(status) if status.isdigit() else 0,
        tuple((name.strip().lower(), value.strip()) for name, _, value in pairs),
    )
