"""Who may keep an answer: the one place that decides it.

An endpoint that knows better sets ``Cache-Control`` itself, and that is kept. To all others:

``no-cache``
    for what anyone may read: a 200 to GET or HEAD. It may be kept, but must be asked for again
    each time; with its ``ETag`` that costs a 304 without a body. There is no ``max-age``: the shop
    drops what a write changes from its own cache, but not from those of others, and a price must
    not be the old one anywhere.
``no-store``
    for all else. What belongs to one person (the paths below, a request with ``Authorization``, an
    answer with ``Set-Cookie``), what writes, and errors, which may be gone with the next request.
"""

from collections.abc import Mapping

from starlette.types import Scope

READS = frozenset(("GET", "HEAD"))
REVALIDATED = b"no-cache"
NEVER_STORED = b"no-store"
_OF_ONE = ("/api/me/", "/api/dashboard/", "/api/auth/", "/healthz/", "/readyz/")


def cache_control(
    scope: Scope, asked: Mapping[bytes, bytes], status: int, answered: Mapping[bytes, bytes]
) -> bytes:
    """The ``Cache-Control`` of an answer that has none of its own, by the headers of both sides."""
    if (
        scope["method"] in READS
        and status in (200, 304)
        and b"authorization" not in asked
        and b"set-cookie" not in answered
        and not f"{scope['path']}/".startswith(_OF_ONE)
    ):
        return REVALIDATED
    return NEVER_STORED
