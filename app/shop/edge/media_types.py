"""Which media types are worth compressing."""

from functools import lru_cache

_TEXTS = frozenset(
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
    """Whether answers with this ``Content-Type`` are compressed for clients who want that."""
    media_type = content_type.partition(b";")[0].strip().lower()
    return (
        media_type in _TEXTS
        or media_type.endswith((b"+json", b"+xml"))
        # Events are small, and proxies must see where one ends.
        or (media_type.startswith(b"text/") and media_type != b"text/event-stream")
    )
