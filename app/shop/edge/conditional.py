"""Conditional requests: ``ETag``, ``If-None-Match`` and 304."""

import asyncio
import re
from collections.abc import Mapping
from hashlib import blake2b

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.edge.cache_control import NO_STORE, READS, cache_control
from app.shop.edge.headers import BODILESS, VARIES, Headers, vary_by_encoding
from app.shop.edge.media_types import is_compressible

OFF_LOOP = 1_000_000
"""Bytes from which hashing runs in a thread, since it takes about a millisecond."""
_TAG = re.compile(rb'"[^"]*"')
_BODY_HEADERS = frozenset(
    (
        b"content-length",
        b"content-type",
        b"content-encoding",
        b"content-language",
        b"transfer-encoding",
    )
)


class Conditional:
    """Adds caching headers, and returns 304 if ``If-None-Match`` contains the current ``ETag``.

    Every response gets a ``Cache-Control``, and those of a compressible type get ``Vary``, whether
    they are compressed or not. A 200 to GET or HEAD that may be stored gets an ``ETag``, unless it
    is a stream. Headers set by the endpoint are kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_headers = dict(scope["headers"])
        response_headers: Mapping[bytes, bytes] = {}
        deferred: Message | None = None

        async def send_conditional(message: Message) -> None:
            nonlocal response_headers, deferred
            if message["type"] == "http.response.start":
                headers: Headers = list(message.get("headers", ()))
                response_headers = dict(headers)
                control = response_headers.get(b"cache-control")
                if control is None:
                    control = cache_control(
                        scope, request_headers, message["status"], response_headers
                    )
                    headers.append((b"cache-control", control))
                if (
                    is_compressible(response_headers.get(b"content-type", b""))
                    and message["status"] not in BODILESS
                ):
                    if b"vary" not in response_headers:
                        headers.append(VARIES)
                    else:
                        vary_by_encoding(headers)
                message = {**message, "headers": headers}
                if (
                    message["status"] == 200
                    and scope["method"] in READS
                    # Streaming responses have no Content-Length.
                    and b"content-length" in response_headers
                    and NO_STORE not in control
                ):
                    deferred = message
                    return
            elif deferred is not None:
                start, deferred = deferred, None
                if not message.get("more_body"):
                    start, message = await _with_tag(
                        request_headers, response_headers, start, message
                    )
                await send(start)
            await send(message)

        await self.app(scope, receive, send_conditional)


def make_tag(body: bytes) -> bytes:
    """The ``ETag`` for this body: 128 bits of BLAKE2b, at 1 µs per kilobyte.

    A checksum would cost a quarter of that, but is not collision-resistant. The tag is strong,
    since it stands for exactly these bytes; ``Compression`` gives encoded responses their own.
    """
    return b'"%b"' % blake2b(body, digest_size=16).hexdigest().encode()


def matches(if_none_match: bytes, tag: bytes) -> bool:
    """Whether the header contains the tag, by weak comparison (RFC 9110, section 8.8.3.2)."""
    if if_none_match.strip() == b"*":
        return True
    return tag.removeprefix(b"W/") in _TAG.findall(if_none_match)


async def _with_tag(
    request_headers: Mapping[bytes, bytes],
    response_headers: Mapping[bytes, bytes],
    start: Message,
    body: Message,
) -> tuple[Message, Message]:
    """The start and body messages with an ``ETag``, or those of a 304."""
    tag = response_headers.get(b"etag")
    if tag is None:
        content = body.get("body", b"")
        if len(content) != int(response_headers[b"content-length"]):
            return start, body  # HEAD without a body: nothing to hash
        if len(content) < OFF_LOOP:
            tag = make_tag(content)
        else:
            tag = await asyncio.to_thread(make_tag, content)
        start["headers"].append((b"etag", tag))
    if_none_match = request_headers.get(b"if-none-match")
    if if_none_match is None or not matches(if_none_match, tag):
        return start, body
    kept = [header for header in start["headers"] if header[0] not in _BODY_HEADERS]
    return {**start, "status": 304, "headers": kept}, {"type": "http.response.body", "body": b""}
