"""An answer that the client has already is not sent again: ``ETag``, ``If-None-Match`` and 304."""

import asyncio
import re
from collections.abc import Mapping
from hashlib import blake2b

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.edge.cache_control import NEVER_STORED, READS, cache_control
from app.shop.edge.headers import BODILESS, VARIES, Headers, vary_by_encoding
from app.shop.edge.media_types import is_compressible

OFF_LOOP = 1_000_000
"""Bytes from which on a thread makes the tag, as it takes about a millisecond."""
_TAG = re.compile(rb'"[^"]*"')
_OF_THE_BODY = frozenset(
    (
        b"content-length",
        b"content-type",
        b"content-encoding",
        b"content-language",
        b"transfer-encoding",
    )
)


class Conditional:
    """Tells caches what they may do with an answer, and answers with 304 where ``If-None-Match``
    names the ``ETag`` of what would be sent.

    Every answer has a ``Cache-Control``. Of a type that is compressed for some, it has ``Vary``,
    compressed or not. A 200 to GET or HEAD that may be stored has an ``ETag`` if it is sent in one
    piece: a stream passes as it is. What the endpoint has set is kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        known: Mapping[bytes, bytes] = {}
        held: Message | None = None

        async def answer(message: Message) -> None:
            nonlocal known, held
            if message["type"] == "http.response.start":
                headers: Headers = list(message.get("headers", ()))
                known = dict(headers)
                control = known.get(b"cache-control")
                if control is None:
                    control = cache_control(scope, asked, message["status"], known)
                    headers.append((b"cache-control", control))
                if (
                    is_compressible(known.get(b"content-type", b""))
                    and message["status"] not in BODILESS
                ):
                    if b"vary" not in known:
                        headers.append(VARIES)
                    else:
                        vary_by_encoding(headers)
                message = {**message, "headers": headers}
                if (
                    message["status"] == 200
                    and scope["method"] in READS
                    # Only an answer that is complete says how long it is.
                    and b"content-length" in known
                    and NEVER_STORED not in control
                ):
                    held = message
                    return
            elif held is not None:
                start, held = held, None
                if not message.get("more_body"):
                    start, message = await _tagged(asked, known, start, message)
                await send(start)
            await send(message)

        await self.app(scope, receive, answer)


def make_tag(body: bytes) -> bytes:
    """The tag of these bytes: 128 bits of BLAKE2b, which costs 1 µs a KB.

    A checksum would cost a quarter of that, and can be made to collide. The tag is weak (``W/``):
    it is the same whether the answer is compressed or not.
    """
    return b'W/"%b"' % blake2b(body, digest_size=16).hexdigest().encode()


def names(if_none_match: bytes, tag: bytes) -> bool:
    """Whether the header names the tag. As RFC 9110 wants it here, weak and strong are equal."""
    if if_none_match.strip() == b"*":
        return True
    return tag.removeprefix(b"W/") in _TAG.findall(if_none_match)


async def _tagged(
    asked: Mapping[bytes, bytes], known: Mapping[bytes, bytes], start: Message, body: Message
) -> tuple[Message, Message]:
    """Both messages of the answer, or of the 304 in its place."""
    tag = known.get(b"etag")
    if tag is None:
        content = body.get("body", b"")
        if len(content) != int(known[b"content-length"]):  # HEAD, and the body was never made
            return start, body
        if len(content) < OFF_LOOP:
            tag = make_tag(content)
        else:
            tag = await asyncio.to_thread(make_tag, content)
        start["headers"].append((b"etag", tag))
    wanted = asked.get(b"if-none-match")
    if wanted is None or not names(wanted, tag):
        return start, body
    kept = [header for header in start["headers"] if header[0] not in _OF_THE_BODY]
    return {**start, "status": 304, "headers": kept}, {"type": "http.response.body", "body": b""}
