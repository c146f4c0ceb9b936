"""The parameters of a statement in PostgreSQL's messages, as SQL for people to read.

https://www.postgresql.org/docs/current/protocol-message-formats.html has ParameterDescription and
Bind.
"""

from collections.abc import Callable, Mapping, Sequence
from struct import unpack_from
from uuid import UUID

_LONGEST = 24
"""Characters of a text that are shown."""


def _integer(value: bytes) -> str:
    return str(int.from_bytes(value, signed=True))


def _text(value: bytes) -> str:
    text = value.decode(errors="replace").replace("'", "''")
    return f"'{text}'" if len(text) <= _LONGEST else f"'{text[: _LONGEST - 1]}…'"


_READERS: Mapping[int, Callable[[bytes], str]] = {
    16: lambda value: "true" if value == b"\1" else "false",  # boolean
    20: _integer,
    21: _integer,
    23: _integer,
    25: _text,
    700: lambda value: f"{unpack_from('!f', value)[0]:g}",
    701: lambda value: f"{unpack_from('!d', value)[0]:g}",
    1043: _text,  # varchar
    2950: lambda value: f"'{UUID(bytes=value)}'",
}
"""By the OID of the type: what is common in requests. All else stays ``$1``."""


def parameter_types(answer: bytes) -> tuple[int, ...] | None:
    """The OIDs in the ParameterDescription that follows ParseComplete; ``None`` without one."""
    at = 5
    if answer[:1] != b"1" or answer[at : at + 1] != b"t" or len(answer) < at + 7:
        return None
    (count,) = unpack_from("!H", answer, at + 5)
    if len(answer) < at + 7 + 4 * count:
        return None
    return unpack_from(f"!{count}I", answer, at + 7)


def bind_values(data: bytes, start: int, types: Sequence[int]) -> tuple[str | None, ...]:
    """The values in a Bind message from ``start``, after the name of the statement. ``None`` for
    one that cannot be shown."""
    formats, values = raw_values(data, start)
    kinds = [*types, *[0] * (len(values) - len(types))]
    return tuple(
        "NULL" if value is None else _shown(value, kind, is_text=not format_)
        for value, kind, format_ in zip(values, kinds, formats, strict=False)
    )


def raw_values(data: bytes, start: int) -> tuple[tuple[int, ...], tuple[bytes | None, ...]]:
    """The same values as they were sent, ``None`` for NULL, after the format of each: 0 for text, 1
    for binary."""
    formats, at = _integers(data, start)
    (count,) = unpack_from("!H", data, at)
    at += 2
    values: list[bytes | None] = []
    for _ in range(count):
        (length,) = unpack_from("!i", data, at)
        at += 4
        values.append(None if length < 0 else data[at : at + length])
        at += max(length, 0)
    if len(formats) < 2:  # one format for all of them, or none: text
        formats = (formats or (0,)) * count
    return formats, tuple(values)


def _integers(data: bytes, at: int) -> tuple[tuple[int, ...], int]:
    """A counted list of 16-bit numbers, and where it ends."""
    (count,) = unpack_from("!H", data, at)
    return unpack_from(f"!{count}H", data, at + 2), at + 2 + 2 * count


def _shown(value: bytes, kind: int, *, is_text: bool) -> str | None:
    if is_text:
        return _text(value)
    reader = _READERS.get(kind)
    return None if reader is None else reader(value)
