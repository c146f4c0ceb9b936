"""Gzip compression of responses.

Unlike this module, Starlette's ``GZipMiddleware`` compresses even for ``gzip;q=0``, does not weaken
a strong ``ETag``, excludes media types instead of including them, and costs more for responses that
it does not compress.
"""

import asyncio
import zlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.edge.accept_encoding import gzip_from
from app.shop.edge.headers import BODILESS, value_of, vary_by_encoding, weaken_tag
from app.shop.edge.media_types import is_compressible

LEVEL = 4
"""zlib's compression level. Lists are 8 % larger than at level 6, in a third of the time."""
MINIMUM = 1_000
"""In bytes. A smaller response fits into one packet anyway."""
OFF_LOOP = 128 * 1024
"""Bytes from which compression runs in a thread, since it takes more than a millisecond."""
_GZIP = 16 + zlib.MAX_WBITS


class Compression:
    """Compresses complete responses at once and streaming ones chunk by chunk.

    If the client does not accept gzip, the response passes unchanged; ``Conditional`` adds the
    ``Vary`` header to it. A strong ``ETag`` is weakened, since it must not be the same for two
    encodings.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            minimum = gzip_from(value_of(scope["headers"], b"accept-encoding"), MINIMUM)
            if minimum is not None:
                send = _Response(send, minimum, has_body=scope["method"] != "HEAD").send
        await self.app(scope, receive, send)


class _Response:
    """Compresses the messages of one response."""

    def __init__(self, send: Send, minimum: int, *, has_body: bool) -> None:
        self._send = send
        self._minimum = minimum
        self._has_body = has_body
        self._deferred_start: Message | None = None
        """The start message, deferred until the first body message shows whether it is a stream."""
        self._compressor: zlib._Compress | None = None

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
        if kind == "http.response.body" and self._compressor is not None:
            message = await self._next_chunk(message)
        await self._send(message)

    async def _start(self, start: Message) -> None:
        headers = dict(start.get("headers", ()))
        length = headers.get(b"content-length")
        if start["status"] == 304:
            await self._send(_for_any_encoding(start))
        elif (
            start["status"] in BODILESS
            or b"content-encoding" in headers
            or b"content-range" in headers
            or not is_compressible(headers.get(b"content-type", b""))
            or (length is not None and int(length) < self._minimum)
        ):
            await self._send(start)
        elif not self._has_body:
            await self._send(_for_any_encoding(start))
        elif length is None:
            await self._begin_stream(start)
        else:
            self._deferred_start = start

    async def _begin_stream(self, start: Message) -> None:
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
        await self._send(_encoded(start))

    async def _send_whole(self, start: Message, message: Message) -> None:
        body = message.get("body", b"")
        if len(body) < OFF_LOOP:
            compressed = zlib.compress(body, LEVEL, _GZIP)
        else:
            compressed = await asyncio.to_thread(zlib.compress, body, LEVEL, _GZIP)
        start = _encoded(start)
        start["headers"].append((b"content-length", b"%d" % len(compressed)))
        await self._send(start)
        await self._send({**message, "body": compressed})

    async def _next_chunk(self, message: Message) -> Message:
        chunk, last = message.get("body", b""), not message.get("more_body", False)
        if not chunk and not last:
            return message
        if len(chunk) < OFF_LOOP:
            return {**message, "body": self._compress(chunk, last)}
        return {**message, "body": await asyncio.to_thread(self._compress, chunk, last)}

    def _compress(self, chunk: bytes, last: bool) -> bytes:
        """Compress and flush, so that the client can decode everything sent so far."""
        assert self._compressor is not None
        compressed = self._compressor.compress(chunk)
        return compressed + self._compressor.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


def _for_any_encoding(start: Message) -> Message:
    """Headers valid with and without compression: no length, and no strong ``ETag``."""
    headers = [header for header in start["headers"] if header[0] != b"content-length"]
    vary_by_encoding(headers)
    weaken_tag(headers)
    return {**start, "headers": headers}


def _encoded(start: Message) -> Message:
    start = _for_any_encoding(start)
    start["headers"].append((b"content-encoding", b"gzip"))
    return start
