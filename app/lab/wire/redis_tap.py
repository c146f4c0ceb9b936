"""Counts Redis commands as redis-py sends them, and as the shop does past it."""

import sys
from collections.abc import Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from app.lab.wire.ledger import CURRENT, Record, Span

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection

    from app.shop.cache.redis_pipeline import Pipeline, Reply

_SPAN = "_course_span"
_CLIENT = "redis.asyncio.connection"
_PIPELINE = "app.shop.cache.redis_pipeline"


def install() -> None:
    """Wrap each one's way of sending and of reading. Idempotent.

    Nothing is done until the application has imported them, which takes a third of a second.
    """
    if _CLIENT in sys.modules:
        _listen_to_the_client()
    if _PIPELINE in sys.modules:
        _listen_to_the_pipeline()


def _listen_to_the_client() -> None:
    from redis.asyncio.connection import AbstractConnection

    send = AbstractConnection.send_packed_command
    if hasattr(send, "_course_tap"):
        return
    read = AbstractConnection.read_response

    @wraps(send)
    async def counted_send(
        self: "AbstractConnection",
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,
    ) -> None:
        record = CURRENT.get()
        if record is None:
            return await send(self, command, check_health)
        packed = _joined(command)
        setattr(self, _SPAN, _count(record, command_names(packed)))
        return await send(self, packed, check_health)

    @wraps(read)
    async def timed_read(self: "AbstractConnection", *args: Any, **kwargs: Any) -> Any:
        try:
            return await read(self, *args, **kwargs)
        finally:
            span: Span | None = getattr(self, _SPAN, None)
            record = CURRENT.get()
            if span is not None and record is not None:
                record.extend(span)

    counted_send._course_tap = True  # type: ignore[attr-defined]
    AbstractConnection.send_packed_command = counted_send  # type: ignore[method-assign]
    AbstractConnection.read_response = timed_read  # type: ignore[method-assign]


def _listen_to_the_pipeline() -> None:
    from app.shop.cache.redis_pipeline import Pipeline

    ask = Pipeline.ask
    if hasattr(ask, "_course_tap"):
        return

    @wraps(ask)
    def counted_ask(self: "Pipeline", *command: bytes | str) -> "Reply":
        record = CURRENT.get()
        if record is None:
            return ask(self, *command)
        span = _count(record, [str(command[0])])
        reply = ask(self, *command)
        if span is not None:
            reply.add_done_callback(lambda _: record.extend(span))
        return reply

    counted_ask._course_tap = True  # type: ignore[attr-defined]
    Pipeline.ask = counted_ask  # type: ignore[method-assign]


def _count(record: Record, names: list[str]) -> Span | None:
    record.redis_commands += len(names)
    return record.begin("redis", " ".join(names[:3]) + (" …" if len(names) > 3 else ""))


def _joined(command: bytes | str | Iterable[bytes]) -> bytes:
    if isinstance(command, str):
        return command.encode()
    return command if isinstance(command, bytes) else b"".join(command)


def command_names(packed: bytes) -> list[str]:
    """The name of each command in a RESP request, which is an array of bulk strings a command."""
    names = []
    position = 0
    while position < len(packed):
        line = packed.index(b"\r\n", position)
        count = int(packed[position + 1 : line])
        position = line + 2
        for argument in range(count):
            line = packed.index(b"\r\n", position)
            size = int(packed[position + 1 : line])
            if argument == 0:
                names.append(packed[line + 2 : line + 2 + size].decode(errors="replace"))
            position = line + 2 + size + 2
    return names
