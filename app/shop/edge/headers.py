"""Headers as ASGI has them: pairs of bytes, the names in lower case."""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]
BODILESS = (204, 205)
"""Statuses whose answers have no body, whatever their headers say."""
VARIES = (b"vary", b"Accept-Encoding")


def value_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The header's value; several of them as one list, which means the same; empty without one."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else b", ".join(values)


def vary_by_encoding(headers: Headers) -> None:
    """Add ``Accept-Encoding`` to what the answer varies by."""
    already = value_of(headers, b"vary")
    if not already:
        headers.append(VARIES)
    elif already != b"*" and b"accept-encoding" not in already.lower():
        headers[:] = [header for header in headers if header[0] != b"vary"]
        headers.append((b"vary", already + b", Accept-Encoding"))


def weaken_tag(headers: Headers) -> None:
    """Make a strong ``ETag`` weak: for more than one form of the same answer."""
    for place, (name, value) in enumerate(headers):
        if name == b"etag" and not value.startswith(b"W/"):
            headers[place] = (name, b"W/" + value)
