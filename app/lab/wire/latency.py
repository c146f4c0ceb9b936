"""Connections to servers that are further away than they are."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from app.lab.wire.alarm import alarm
from app.lab.wire.inbox import Inbox

Event = Callable[[], None]


class Latency:
    """Lets events happen a constant time later, in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self._seconds = seconds
        self._alarm = alarm(loop, self._ring)
        self._travelling: deque[tuple[float, Event]] = deque()

    def delay(self, event: Event) -> None:
        """Let ``event`` happen in this event loop, ``seconds`` from now."""
        if not self._seconds:
            self.loop.call_soon(event)
            return
        due = time.monotonic() + self._seconds
        self._travelling.append((due, event))
        if len(self._travelling) == 1:
            self._alarm.set(due)

    def close(self) -> None:
        """Let what is under way arrive now, and all that follows without delay."""
        self._seconds = 0.0
        self._alarm.close()
        self._arrive(until=float("inf"))

    def _ring(self) -> None:
        self._arrive(until=time.monotonic())
        if self._travelling:
            self._alarm.set(self._travelling[0][0])

    def _arrive(self, until: float) -> None:
        while self._travelling and self._travelling[0][0] <= until:
            self.loop.call_soon(self._travelling.popleft()[1])


class RemoteConnection(asyncio.Protocol):
    """Stands between a transport and its protocol, which learns of everything later.

    What the application sends leaves at once, and what it closes itself is closed at once.
    """

    def __init__(self, protocol: asyncio.Protocol, latency: Latency) -> None:
        self.protocol = protocol
        self._latency = latency
        self._established: asyncio.Future[None] = latency.loop.create_future()
        self._closing = False
        self.inbox = Inbox(latency.loop, self._deliver)
        self.transport: RemoteTransport | None = None

    async def established(self) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """The transport and the protocol, once the server's half of the handshake has arrived."""
        await self._established
        return cast("asyncio.Transport", self.transport), self.protocol

    def give_up(self) -> None:
        """Nobody waits for this connection any more."""
        self._established.cancel()
        if self.transport is not None:
            self.transport.abort()

    def close(self) -> None:
        """The application closes: what is still under way would meet nobody."""
        self._closing = True
        self.inbox.close()

    # What the transport reports.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = RemoteTransport(cast("asyncio.Transport", transport), self)
        self._latency.delay(self._establish)

    def data_received(self, data: bytes) -> None:
        self._latency.delay(partial(self.inbox.arrive, data))

    def eof_received(self) -> bool:
        self._latency.delay(partial(self.inbox.arrive, None))
        return True  # the transport stays open until the protocol has had its say

    def connection_lost(self, error: Exception | None) -> None:
        if self._closing:
            self._lose(error)
        else:
            self._latency.delay(partial(self._lose, error))

    def pause_writing(self) -> None:
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        self.protocol.resume_writing()

    # What the protocol learns, later.

    def _establish(self) -> None:
        if not self._established.done():
            self.protocol.connection_made(cast("asyncio.Transport", self.transport))
            self._established.set_result(None)

    def _deliver(self, data: bytes | None) -> None:
        if data is not None:
            self.protocol.data_received(data)
        elif not self.protocol.eof_received() and self.transport is not None:
            self.transport.close()

    def _lose(self, error: Exception | None) -> None:
        self.inbox.close()
        if self._established.done() and not self._established.cancelled():
            self.protocol.connection_lost(error)


class RemoteTransport:
    """The transport that the protocol sees: writing goes straight through, reading does not."""

    def __init__(self, transport: asyncio.Transport, connection: RemoteConnection) -> None:
        self.connection = connection
        self.attach(transport)

    def attach(self, transport: asyncio.Transport) -> None:
        """Use ``transport`` from now on, as after an upgrade to TLS."""
        self.attached = transport
        self.write = transport.write
        self.writelines = transport.writelines

    def get_protocol(self) -> asyncio.Protocol:
        return self.connection.protocol

    def set_protocol(self, protocol: asyncio.Protocol) -> None:
        self.connection.protocol = protocol

    def pause_reading(self) -> None:
        self.connection.inbox.pause()
        self.attached.pause_reading()

    def resume_reading(self) -> None:
        self.attached.resume_reading()
        self.connection.inbox.resume()

    def close(self) -> None:
        self.connection.close()
        self.attached.close()

    def abort(self) -> None:
        self.connection.close()
        self.attached.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.attached, name)
