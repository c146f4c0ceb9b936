"""Compression of responses with zstd, Brotli or gzip.

Unlike this module, Starlette's ``GZipMiddleware`` knows gzip alone, compresses even for
``gzip;q=0``, leaves the same strong ``ETag`` on both encodings, excludes media types instead of
including them, and costs more for responses that it does not compress.

A response must not be compressed if it shows both a secret and text that an attacker chooses: from
its length, the attacker could guess the secret character by character (BREACH). No response of the
shop does. One that did would need a media type or a ``Content-Encoding`` that is left alone here.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.edge.accept_encoding import Negotiated, negotiate
from app.shop.edge.codings import Encoder
from app.shop.edge.encoded_tags import KnownTags, encoded_tag
from app.shop.edge.headers import BODILESS, Headers, replace_tag, value_of, vary_by_encoding
from app.shop.edge.media_types import is_compressible

MINIMUM = 1_000
"""In bytes. A smaller response fits into one packet anyway."""
OFF_LOOP = 128 * 1024
"""Bytes from which compression runs in a thread, since it takes about a millisecond or more."""


class Compression:
    """Compresses complete responses at once and streaming ones chunk by chunk.

    If the client accepts none of the codings, the response passes unchanged; ``Conditional`` adds
    the ``Vary`` header to it. Each encoding has an ``ETag`` of its own, see ``encoded_tags``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = scope["headers"]
        # A dictionary is the fastest way to look for several names; of repeated ones it has one.
        named = dict(headers)
        accept_encoding = named.get(b"accept-encoding", b"")
        if accept_encoding and len(named) < len(headers):
            accept_encoding = value_of(headers, b"accept-encoding")
        negotiated = negotiate(accept_encoding, MINIMUM)
        if negotiated is not None:
            known = None
            if b"if-none-match" in named:
                known = KnownTags(value_of(headers, b"if-none-match"), negotiated.accepted)
                scope = {**scope, "headers": _with_tags(headers, known)}
            has_body = scope["method"] != "HEAD"
            send = _Response(send, negotiated, known, has_body=has_body).send
        await self.app(scope, receive, send)


class _Response:
    """Compresses the messages of one response."""

    def __init__(
        self, send: Send, negotiated: Negotiated, known: KnownTags | None, *, has_body: bool
    ) -> None:
        self._send = send
        self._coding = negotiated.coding
        self._minimum = negotiated.minimum
        self._known = known
        self._has_body = has_body
        self._deferred_start: Message | None = None
        """The start message, deferred until the first body message shows whether it is a stream."""
        self._encode: Encoder | None = None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            await self._start(message)
            return
        if self._deferred_start is not None:
            start, self._deferred_start = self._deferred_start, None
            if kind != "http.response.body":
                await self._send(start)
            elif message.get("more_body", False):
                await self._begin_stream(start)
            else:
                await self._send_whole(start, message)
                return
        if kind == "http.response.body" and self._encode is not None:
            message = await self._next_chunk(self._encode, message)
        await self._send(message)

    async def _start(self, start: Message) -> None:
        headers = dict(start.get("headers", ()))
        length = headers.get(b"content-length")
        if start["status"] == 304:
            await self._send(_unchanged(start, self._known))
        elif (
            start["status"] in BODILESS
            or b"content-encoding" in headers
            or b"content-range" in headers
            or not is_compressible(headers.get(b"content-type", b""))
            or (length is not None and int(length) < self._minimum)
        ):
            await self._send(start)
        elif not self._has_body:
            await self._send(self._encoded(start))
        elif length is None:
            await self._begin_stream(start)
        else:
            self._deferred_start = start

    async def _begin_stream(self, start: Message) -> None:
        self._encode = self._coding.encoder()
        await self._send(self._encoded(start))

    async def _send_whole(self, start: Message, message: Message) -> None:
        body, encode = message.get("body", b""), self._coding.encode
        encoded = encode(body) if len(body) < OFF_LOOP else await asyncio.to_thread(encode, body)
        start = self._encoded(start)
        start["headers"].append((b"content-length", b"%d" % len(encoded)))
        await self._send(start)
        await self._send({**message, "body": encoded})

    async def _next_chunk(self, encode: Encoder, message: Message) -> Message:
        chunk, last = message.get("body", b""), not message.get("more_body", False)
        if not chunk and not last:
            return message
        if len(chunk) < OFF_LOOP:
            return {**message, "body": encode(chunk, last)}
        return {**message, "body": await asyncio.to_thread(encode, chunk, last)}

    def _encoded(self, start: Message) -> Message:
        """The headers of the encoded response, without its length."""
        headers = [header for header in start["headers"] if header[0] != b"content-length"]
        vary_by_encoding(headers)
        replace_tag(headers, lambda tag: encoded_tag(tag, self._coding.name))
        headers.append((b"content-encoding", self._coding.name))
        return {**start, "headers": headers}


def _with_tags(headers: Headers, known: KnownTags) -> Headers:
    """The headers of the request, with the tags that the application knows."""
    others = [header for header in headers if header[0] != b"if-none-match"]
    return [*others, (b"if-none-match", known.header)]


def _unchanged(start: Message, known: KnownTags | None) -> Message:
    """A 304 with the tag of the response that the client has."""
    headers = list(start.get("headers", ()))
    vary_by_encoding(headers)
    if known is not None:
        replace_tag(headers, known.of)
    return {**start, "headers": headers}
