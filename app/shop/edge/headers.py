"""Helpers for ASGI headers: pairs of bytes, with names in lower case."""

from collections.abc import Callable, Iterable

Headers = list[tuple[bytes, bytes]]
BODILESS = (204, 205)
"""Status codes of responses without a body."""
VARIES = (b"vary", b"Accept-Encoding")


def value_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The header's value. Repeated headers are joined by commas; a missing one is empty."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else b", ".join(values)


def vary_by_encoding(headers: Headers) -> None:
    """Add ``Accept-Encoding`` to ``Vary``."""
    current = value_of(headers, b"vary")
    if not current:
        headers.append(VARIES)
    elif current != b"*" and b"accept-encoding" not in current.lower():
        headers[:] = [header for header in headers if header[0] != b"vary"]
        headers.append((b"vary", current + b", Accept-Encoding"))


def replace_tag(headers: Headers, replacement: Callable[[bytes], bytes]) -> None:
    """Replace the ``ETag``, if there is one, by what ``replacement`` makes of it."""
    for index, (name, value) in enumerate(headers):
        if name == b"etag":
            headers[index] = (name, replacement(value))
