"""Answers compressed with gzip, for clients who want that.

Starlette's ``GZipMiddleware`` compresses for ``gzip;q=0`` too, leaves a strong ``ETag`` as it is,
names the types not to compress instead of those to compress, and costs more where it does nothing.
"""

import asyncio
import zlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.edge.accept_encoding import gzip_from
from app.shop.edge.headers import BODILESS, value_of, vary_by_encoding, weaken_tag
from app.shop.edge.media_types import is_compressible

LEVEL = 4
"""Of zlib's nine. The shop's lists are 8 % larger than at level 6, for a third of the time."""
MINIMUM = 1_000
"""Bytes. A smaller answer fits into one packet as it is."""
OFF_LOOP = 128 * 1024
"""Bytes from which on a thread compresses, as it takes more than a millisecond."""
_GZIP = 16 + zlib.MAX_WBITS


class Compression:
    """Compresses what can be compressed: a whole answer at once, a stream chunk by chunk.

    For clients who do not want gzip it does nothing. That their answers vary, too, says
    ``Conditional``. A strong ``ETag`` would name two forms of an answer, so it is made weak.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            smallest = gzip_from(value_of(scope["headers"], b"accept-encoding"), MINIMUM)
            if smallest is not None:
                send = _Answer(send, smallest, has_body=scope["method"] != "HEAD").send
        await self.app(scope, receive, send)


class _Answer:
    """One answer on its way out."""

    def __init__(self, send: Send, smallest: int, *, has_body: bool) -> None:
        self._send = send
        self._smallest = smallest
        self._has_body = has_body
        self._held: Message | None = None
        """The start of an answer whose body will be compressed, in one piece or in several."""
        self._compressor: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            await self._start(message)
            return
        if self._held is not None:
            start, self._held = self._held, None
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
        known = dict(start.get("headers", ()))
        length = known.get(b"content-length")
        if start["status"] == 304:
            await self._send(_of_both(start))
        elif (
            start["status"] in BODILESS
            or b"content-encoding" in known
            or b"content-range" in known
            or not is_compressible(known.get(b"content-type", b""))
            or (length is not None and int(length) < self._smallest)
        ):
            await self._send(start)
        elif not self._has_body:
            await self._send(_of_both(start))
        elif length is None:
            await self._begin_stream(start)
        else:
            self._held = start

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
        """All of it, so that the client has what the endpoint has sent: a line is not kept back."""
        assert self._compressor is not None
        compressed = self._compressor.compress(chunk)
        return compressed + self._compressor.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


def _of_both(start: Message) -> Message:
    """What is true of the plain and of the compressed answer: not the length, not a strong tag."""
    headers = [header for header in start["headers"] if header[0] != b"content-length"]
    vary_by_encoding(headers)
    weaken_tag(headers)
    return {**start, "headers": headers}


def _encoded(start: Message) -> Message:
    start = _of_both(start)
    start["headers"].append((b"content-encoding", b"gzip"))
    return start
