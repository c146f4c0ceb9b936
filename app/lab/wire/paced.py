"""Connections from clients, over a line of limited bandwidth."""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from app.lab.wire.bandwidth import Flow, Line
from app.lab.wire.inbox import Inbox

_HIGH_WATER, _LOW_WATER = 64 * 1024, 16 * 1024
"""Bytes that wait for the line when the sender is paused and resumed, as asyncio's buffers do."""


class ClientConnection(asyncio.Protocol):
    """Stands between a client's transport and its protocol, and paces the bytes between them."""

    def __init__(
        self,
        protocol: asyncio.Protocol,
        loop: asyncio.AbstractEventLoop,
        download: Line,
        upload: Line,
    ) -> None:
        self.protocol = protocol
        self.closing = False
        self.inbox = Inbox(loop, self._deliver)
        self._download = Flow(download, self._send)
        self._upload = Flow(upload, self._receive)
        self._is_reading = True
        self._writing_paused = False
        self._transport_is_full = False

    # What the transport reports.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        paced = cast("asyncio.Transport", PacedTransport(self._transport, self))
        self.protocol.connection_made(paced)

    def data_received(self, data: bytes) -> None:
        self._upload.put(data)
        self.regulate_reading()

    def eof_received(self) -> bool:
        self._upload.end()
        return True  # the transport stays open until the protocol has had its say

    def connection_lost(self, error: Exception | None) -> None:
        self.closing = True
        self.inbox.close()
        self._download.drop()
        self._upload.drop()
        self.protocol.connection_lost(error)

    def pause_writing(self) -> None:
        self._transport_is_full = True
        self._regulate_writing()

    def resume_writing(self) -> None:
        self._transport_is_full = False
        self._regulate_writing()

    # What the protocol does.

    def write(self, data: bytes) -> None:
        if not self.closing:
            self._download.put(data)
            self._regulate_writing()

    def close(self) -> None:
        """Send what still waits, then close."""
        if not self.closing:
            self.closing = True
            self.inbox.close()
            self._download.end()

    def regulate_reading(self) -> None:
        """Read from the client while the protocol reads and the line has room."""
        limit = _HIGH_WATER if self._is_reading else _LOW_WATER
        wanted = not self.inbox.paused and self._upload.size <= limit
        if wanted == self._is_reading or self._transport.is_closing():
            return
        self._is_reading = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    # What the lines deliver.

    def _send(self, piece: bytes | None) -> None:
        if piece is None:
            self._transport.close()
        else:
            self._transport.write(piece)
            self._regulate_writing()

    def _receive(self, piece: bytes | None) -> None:
        self.inbox.arrive(piece)
        self.regulate_reading()

    def _deliver(self, data: bytes | None) -> None:
        if data is not None:
            self.protocol.data_received(data)
        elif not self.protocol.eof_received():
            self.close()

    def _regulate_writing(self) -> None:
        limit = _LOW_WATER if self._writing_paused else _HIGH_WATER
        paused = self._transport_is_full or self._download.size > limit
        if paused == self._writing_paused:
            return
        self._writing_paused = paused
        if paused:
            self.protocol.pause_writing()
        else:
            self.protocol.resume_writing()


class PacedTransport:
    """The transport that the server's protocol sees."""

    def __init__(self, transport: asyncio.Transport, connection: ClientConnection) -> None:
        self._transport = transport
        self._connection = connection
        self.write = connection.write

    def writelines(self, buffers: Iterable[bytes]) -> None:
        self.write(b"".join(buffers))

    def can_write_eof(self) -> bool:
        return False

    def get_protocol(self) -> asyncio.Protocol:
        return self._connection.protocol

    def set_protocol(self, protocol: asyncio.Protocol) -> None:
        self._connection.protocol = protocol

    def pause_reading(self) -> None:
        self._connection.inbox.pause()
        self._connection.regulate_reading()

    def resume_reading(self) -> None:
        self._connection.inbox.resume()
        self._connection.regulate_reading()

    def is_closing(self) -> bool:
        return self._connection.closing

    def close(self) -> None:
        self._connection.close()

    def abort(self) -> None:
        self._connection.closing = True
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
