"""The ``Cache-Control`` policy of all responses.

A ``Cache-Control`` header set by an endpoint is kept. All other responses get one of these:

``no-cache``
    for public reads: a 200 to GET or HEAD. Clients may store the response, but must revalidate it
    each time; thanks to the ``ETag`` that costs only a 304 without a body. There is no ``max-age``,
    because a write invalidates the shop's own cache but not those of clients, and an outdated price
    must not be shown anywhere.
``no-store``
    for everything else: private responses (the paths below, requests with ``Authorization``,
    responses with ``Set-Cookie``), writes, and errors, which may be transient.
"""

from collections.abc import Mapping

from starlette.types import Scope

READS = frozenset(("GET", "HEAD"))
REVALIDATE = b"no-cache"
NO_STORE = b"no-store"
_PRIVATE = ("/api/me/", "/api/dashboard/", "/api/auth/", "/healthz/", "/readyz/")


def cache_control(
    scope: Scope,
    request_headers: Mapping[bytes, bytes],
    status: int,
    response_headers: Mapping[bytes, bytes],
) -> bytes:
    """The ``Cache-Control`` for a response that has none."""
    if (
        scope["method"] in READS
        and status in (200, 304)
        and b"authorization" not in request_headers
        and b"set-cookie" not in response_headers
        and not f"{scope['path']}/".startswith(_PRIVATE)
    ):
        return REVALIDATE
    return NO_STORE
