"""Redis commands as clients send them."""

from collections.abc import Iterable

from app.lab.wire.ledger import Record, Span


def count_commands(record: Record, names: list[str]) -> Span | None:
    """Add commands that are sent together to ``record``; their span if it is traced."""
    record.add("redis_commands", len(names))
    return record.begin("redis", " ".join(names[:3]) + (" …" if len(names) > 3 else ""))


def joined(command: bytes | str | Iterable[bytes]) -> bytes:
    """What redis-py sends at once, as bytes."""
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
