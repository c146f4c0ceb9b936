"""Requests whose fate matters: answered by whom, refused, dropped, or broken off in the middle."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

import httptools

from app.lab.tools.deployment.reporting import WORKER_HEADER

PATIENCE = 60.0
"""Seconds that a client waits."""
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request."""

    status: int = 0
    """0 without a complete response."""
    worker: int = 0
    """The process that answered."""
    failure: str = ""
    """``refused``, ``dropped`` before the first byte, ``broken off``, or ``late``."""

    @property
    def may_retry(self) -> bool:
        """Whether a client may send the request again, if it only reads: nothing has arrived."""
        return self.failure in ("refused", "dropped")


async def request(url: str, path: str, *, method: str = "GET", patience: float = PATIENCE) -> Reply:
    """Send one request over a connection of its own."""
    parts = urlsplit(url)
    response = _Response()
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except TimeoutError:
        return Reply(failure="late")
    except OSError:
        return Reply(failure="refused")
    try:
        async with asyncio.timeout(patience):
            head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: 0\r\n\r\n".encode())
            while not response.complete and (data := await reader.read(_PIECE)):
                response.feed(data)
    except TimeoutError:
        return Reply(failure="late")
    except (OSError, httptools.HttpParserError):
        pass
    finally:
        writer.transport.abort()
    return response.reply()


class Replies(tuple[Reply, ...]):
    """What came of requests that were sent at the same time."""

    __slots__ = ()

    @property
    def answered(self) -> int:
        """How many have status 200."""
        return sum(reply.status == 200 for reply in self)

    @property
    def statuses(self) -> Counter[int | str]:
        """How many have each status; those without a response by what became of them."""
        return Counter(reply.status or reply.failure for reply in self)

    @property
    def workers(self) -> Counter[int]:
        """How many each process has answered."""
        return Counter(reply.worker for reply in self if reply.status)


async def requests_at_once(
    url: str, path: str, number: int, *, patience: float = PATIENCE
) -> Replies:
    """As many requests at the same time, each over a connection of its own."""
    return Replies(
        await asyncio.gather(*(request(url, path, patience=patience) for _ in range(number)))
    )


async def accepts_connections(url: str) -> bool:
    """Whether anybody listens there."""
    parts = urlsplit(url)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return False
    writer.transport.abort()
    return True


class _Response:
    def __init__(self) -> None:
        self.complete = False
        self._begun = False
        self._worker = 0
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._begun = True
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.decode().lower() == WORKER_HEADER:
            self._worker = int(value)

    def on_message_complete(self) -> None:
        self.complete = True

    def reply(self) -> Reply:
        if self.complete:
            return Reply(self._parser.get_status_code(), self._worker)
        return Reply(failure="broken off" if self._begun else "dropped")
