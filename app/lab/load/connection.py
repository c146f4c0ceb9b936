"""One keep-alive connection: sends a request, checks the reply, notifies its driver."""

import asyncio
from time import perf_counter
from typing import Protocol, cast

import httptools

from app.lab.load.plan import Prepared
from app.lab.load.tally import Tally, status_kind


class Driver(Protocol):
    """Decides what a connection does next."""

    tally: Tally

    def ready(self, connection: "Connection", now: float) -> None:
        """The reply has been counted; the connection is free."""

    def closed(self, connection: "Connection", now: float) -> None:
        """The reply has been counted; the connection was not kept alive."""

    def failed(self, connection: "Connection", kind: str, now: float) -> None:
        """No valid reply arrived; the connection is closed."""

    def stale(self, connection: "Connection") -> None:
        """The server had closed this idle connection: retry the request on another."""


class Connection(asyncio.Protocol):
    """The hot path: each request pays for every attribute access here."""

    __slots__ = (
        "_bodies",
        "_expected",
        "_head",
        "_length",
        "_mismatch",
        "_parser",
        "alive",
        "busy",
        "driver",
        "item",
        "kept",
        "sent",
        "started",
        "tally",
        "transport",
    )

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.driver: Driver
        self.tally: Tally
        self.item: Prepared
        self.alive = self.busy = False
        self.kept = False
        """Whether it was left open by an earlier window and has not been used since."""
        self.started = self.sent = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._head = b""
        self._length = 0
        self._mismatch = False
        self._expected: bytes | None = None
        self._bodies: list[bytes] | None = None

    @property
    def usable(self) -> bool:
        """Whether a request can be sent now."""
        return self.alive and not self.busy and not self.transport.is_closing()

    def attach(self, driver: Driver) -> None:
        self.driver, self.tally = driver, driver.tally

    def send(self, item: Prepared, started: float, now: float) -> None:
        """Send a request whose latency counts from ``started`` (``perf_counter`` readings)."""
        self.item, self.started, self.sent = item, started, now
        self.busy = True
        self._head = b""
        self._length = 0
        self._mismatch = False
        self._expected = None if item.learning else item.expected
        self._bodies = [] if item.learning else None
        self.transport.write(item.data)

    def abort(self, kind: str) -> None:
        """Drop the connection during a request, which counts as an error of that kind."""
        self.busy = False
        self.transport.abort()
        self.driver.failed(self, kind, perf_counter())

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.alive = True

    def data_received(self, data: bytes) -> None:
        if not self.busy:  # unsolicited
            self.transport.abort()
            return
        self.tally.wire += len(data)
        if not self._head:
            self._head = data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self.busy:
                self.abort("malformed")

    def connection_lost(self, exc: Exception | None) -> None:
        self.alive = False
        if not self.busy:
            return
        if not self._head and self.kept and self.item.safe:
            self.busy = False
            self.driver.stale(self)
        elif exc is None and self._ends_with_connection():
            self._complete(perf_counter(), keep_alive=False)
        else:
            self.busy = False
            self.driver.failed(self, "unfinished" if self._head else "reset", perf_counter())

    def _ends_with_connection(self) -> bool:
        """Whether the reply declared no length, so that closing the connection ends it."""
        head, end, _ = self._head.lower().partition(b"\r\n\r\n")
        framed = b"\r\ncontent-length:" in head or b"\r\ntransfer-encoding:" in head
        return bool(end) and not framed

    # httptools callbacks

    def on_body(self, body: bytes) -> None:
        length = self._length
        self._length = length + len(body)
        expected = self._expected
        if expected is not None:
            if body != expected and body != expected[length : self._length]:
                self._mismatch = True
        elif self._bodies is not None:
            self._bodies.append(body)

    def on_message_complete(self) -> None:
        if self.busy:
            self._complete(perf_counter(), keep_alive=self._parser.should_keep_alive())

    def _complete(self, now: float, *, keep_alive: bool) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # informational, such as 100 Continue: the reply is still to come
            return
        item, tally = self.item, self.tally
        self.busy = self.kept = False
        if not item.lowest <= status <= item.highest:
            tally.errors[status_kind(status)] += 1
        elif self._mismatch or (item.expected_length >= 0 and self._length != item.expected_length):
            tally.errors["wrong_body"] += 1
        else:
            tally.latencies.append(now - self.started)
            tally.body += self._length
            if self._bodies is not None and item.learning:
                item.learn(b"".join(self._bodies))
        if keep_alive:
            self.driver.ready(self, now)
        else:
            self.transport.close()
            self.driver.closed(self, now)
