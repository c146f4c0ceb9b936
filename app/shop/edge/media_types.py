"""Compressible media types."""

from functools import lru_cache

_COMPRESSIBLE = frozenset(
    (
        b"application/javascript",
        b"application/json",
        b"application/jsonl",
        b"application/x-ndjson",
        b"application/xml",
    )
)


@lru_cache(maxsize=64)
def is_compressible(content_type: bytes) -> bool:
    """Whether to compress responses with this ``Content-Type`` if the client accepts it."""
    media_type = content_type.partition(b";")[0].strip().lower()
    return (
        media_type in _COMPRESSIBLE
        or media_type.endswith((b"+json", b"+xml"))
        # Server-sent events are small, and proxies must see where each one ends.
        or (media_type.startswith(b"text/") and media_type != b"text/event-stream")
    )
