"""Counts what redis-py exchanges with Redis."""

from collections.abc import Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from app.lab.wire.ledger import CURRENT, Record, Span
from app.lab.wire.redis_commands import command_names, count_commands, joined

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection

_TAP = "_course_tap"


class ClientTap:
    """Follows one connection of redis-py: for which request it is used, and what it receives."""

    def __init__(self) -> None:
        self.record: Record | None = None
        self._span: Span | None = None
        self._awaiting = False
        """Whether something was sent since the last reply was read."""
        self._reader: object = None

    def sent(self, record: Record | None, span: Span | None) -> None:
        self.record, self._span, self._awaiting = record, span, True

    def reading(self) -> None:
        if self._awaiting and self.record is not None:
            self.record.add("redis_round_trips", 1)
        self._awaiting = False

    def read(self) -> None:
        if self.record is not None and self._span is not None:
            self.record.extend(self._span)

    def listen(self, reader: Any) -> None:
        """Count what ``reader``, an ``asyncio.StreamReader``, receives from now on."""
        if reader is self._reader or reader is None:
            return
        self._reader = reader
        feed = reader.feed_data

        def counted_feed(data: bytes) -> None:
            if self.record is not None:
                self.record.add("redis_bytes", len(data))
            feed(data)

        reader.feed_data = counted_feed


def _tap_of(connection: "AbstractConnection") -> ClientTap:
    tap: ClientTap | None = getattr(connection, _TAP, None)
    if tap is None:
        tap = ClientTap()
        setattr(connection, _TAP, tap)
    return tap


def install() -> None:
    """Wrap redis-py's way of connecting, sending and reading. Idempotent."""
    from redis.asyncio.connection import AbstractConnection

    send = AbstractConnection.send_packed_command
    if hasattr(send, _TAP):
        return
    connect, read = AbstractConnection.connect_check_health, AbstractConnection.read_response

    @wraps(connect)
    async def counted_connect(self: "AbstractConnection", *args: Any, **kwargs: Any) -> None:
        await connect(self, *args, **kwargs)
        _tap_of(self).listen(self._reader)

    @wraps(send)
    async def counted_send(
        self: "AbstractConnection",
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,
    ) -> None:
        tap, record, span = _tap_of(self), CURRENT.get(), None
        if self.is_connected:
            tap.record = record
            tap.listen(self._reader)
        if record is not None:
            command = joined(command)
            span = count_commands(record, command_names(command))
        # It connects first where it has to, and then sends and reads as well.
        await send(self, command, check_health)
        tap.sent(record, span)

    @wraps(read)
    async def counted_read(self: "AbstractConnection", *args: Any, **kwargs: Any) -> Any:
        tap = _tap_of(self)
        tap.reading()
        try:
            return await read(self, *args, **kwargs)
        finally:
            tap.read()

    setattr(counted_send, _TAP, True)
    AbstractConnection.connect_check_health = counted_connect  # type: ignore[method-assign]
    AbstractConnection.send_packed_command = counted_send  # type: ignore[method-assign]
    AbstractConnection.read_response = counted_read  # type: ignore[method-assign]
