"""Answers the check must refuse, each with the message it must get, and answers it must accept."""

from app.course.exercise import Attempt

_FOUND = 'gzip = found.get("gzip", found.get("*", 0))'
_RESPONSE = 'response = Response(send, scope["method"], bool(gzip), MINIMUM if identity else 0)'
_CALL = "await self.app(scope, receive, response.send_message)"
_PLAIN = 'await self.send({**start, "headers": with_vary(start["headers"])})'
_RETURNED = 'return {**start, "headers": [*headers, (b"content-encoding", b"gzip")]}'
_KNOWN = 'response.known = headers.get(b"if-none-match", b"") if gzip else b""'
_HEAD = """        elif self.method == "HEAD":
            await self.send(as_gzip(start))
"""
_FLUSH = "flush = zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH"
_IN_A_THREAD = "await asyncio.to_thread(self.compress, body, last)"

_USUAL = """
import gzip

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response


class Compress(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        kind = response.headers.get("content-type", "")
        if "gzip" not in request.headers.get("accept-encoding", "") or "json" not in kind:
            return response
        body = b"".join([chunk async for chunk in response.body_iterator])
        compressed = gzip.compress(body)
        headers = dict(response.headers)
        headers |= {"Content-Encoding": "gzip", "Content-Length": str(len(compressed))}
        return Response(compressed, response.status_code, headers)
"""

_STARLETTE = """
from starlette.middleware.gzip import GZipMiddleware as Compress
"""

_BUFFERED = """messages = []

        async def keep(message):
            messages.append(message)

        await self.app(scope, receive, keep)
        start, *pieces = messages
        body = b"".join(piece.get("body", b"") for piece in pieces)
        await response.send_message(start)
        await response.send_message({"type": "http.response.body", "body": body})"""

_SWALLOWED = """try:
            await self.app(scope, receive, response.send_message)
        except Exception:
            await response.send_message({"type": "http.response.body", "body": b""})"""

_REMEMBERED = """key = scope["method"], scope["path"], scope["query_string"], gzip, identity
        if key in REMEMBERED and b"if-none-match" not in headers:
            for message in REMEMBERED[key]:
                await send(message)
            return
        messages = []

        async def remember(message):
            messages.append(message)
            await send(message)

        response.send = remember
        await self.app(scope, receive, response.send_message)
        if scope["method"] == "GET" and len(messages) == 2:
            REMEMBERED[key] = messages"""

_REMEMBERED_FOR_ALL_METHODS = _REMEMBERED.replace('scope["method"], ', "", 1)

_OWN_304 = """async def remember(message):
            REMEMBERED.update(
                value for name, value in message.get("headers", ()) if name == b"etag"
            )
            await send(message)

        known = response.known or headers.get(b"if-none-match")
        if known in REMEMBERED:
            tag = (b"etag", known)
            await send({"type": "http.response.start", "status": 304, "headers": [tag]})
            await send({"type": "http.response.body", "body": b""})
            return
        response.send = remember
        scope = {**scope, "headers": list(headers.items())}
        await self.app(scope, receive, response.send_message)"""

_SECOND_TIME = """key = scope["path"], headers.get(b"accept-encoding")
        first = key not in SEEN
        SEEN.add(key)
        gzip = gzip and not first
        response = Response(send, scope["method"], gzip, MINIMUM if identity else 0)"""

_SLICES = """b"".join([part async for part in self.slices(body, last)])"""
_SLICING = """    async def slices(self, body, last):
        for begin in range(0, len(body), IN_A_THREAD):
            part = body[begin : begin + IN_A_THREAD]
            yield self.compressor.compress(part)
            await asyncio.sleep(0)
        yield self.compress(b"", last)

    def compress("""

_PAUSES = "await self.after_pauses(body, last)"
_PAUSING = """    async def after_pauses(self, body, last):
        for _ in range(50):
            await asyncio.sleep(0)
        return self.compress(body, last)

    def compress("""

_SUBCLASS = """
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware

from app.shop.edge.accept_encoding import negotiate


class Compress:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = Headers(scope=scope).get("accept-encoding", "")
        found = negotiate(accepted.lower().encode(), 500)
        gzip = found is not None and b"gzip" in found.accepted
        headers = [one for one in scope["headers"] if one[0] != b"accept-encoding"]
        headers.append((b"accept-encoding", b"gzip" if gzip else b"identity"))

        async def corrected(message):
            if message["type"] == "http.response.start":
                self.correct(MutableHeaders(raw=message["headers"]), scope, message, gzip)
            await send(message)

        minimum = found.minimum if gzip else 500
        inner = GZipMiddleware(self.app, minimum, 6)
        await inner({**scope, "headers": headers}, receive, corrected)

    def correct(self, headers, scope, message, gzip):
        length = int(headers.get("content-length", 0))
        if message["status"] == 200 and "json" in headers.get("content-type", ""):
            if "accept-encoding" not in headers.get("vary", "").lower():
                headers.add_vary_header("Accept-Encoding")
            if gzip and scope["method"] == "HEAD" and length >= 500:
                headers["content-encoding"] = "gzip"
                del headers["content-length"]
        encoded = headers.get("content-encoding") == "gzip" or (gzip and message["status"] == 304)
        if "etag" in headers and encoded and not headers["etag"].startswith("W/"):
            headers["etag"] = "W/" + headers["etag"]
"""

_BROTLI = """
import asyncio
import zlib

import brotli

from app.shop.edge.accept_encoding import negotiate
from app.shop.edge.headers import value_of, vary_by_encoding


class Gzip:
    def __init__(self):
        self.object = zlib.compressobj(5, zlib.DEFLATED, 31)

    def encode(self, body, last):
        compressed = self.object.compress(body)
        return compressed + self.object.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


class Brotli:
    def __init__(self):
        self.object = brotli.Compressor(quality=3)

    def encode(self, body, last):
        compressed = self.object.process(body)
        return compressed + (self.object.finish() if last else self.object.flush())


CODINGS = {"br": Brotli, "gzip": Gzip}


def Compress(app):
    async def compressing(scope, receive, send):
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        found = negotiate(value_of(scope["headers"], b"accept-encoding"), 800)
        accepted = [name for name in CODINGS if found and name.encode() in found.accepted]
        coding, encoder = accepted[0] if accepted else None, None

        def changed(message):
            nonlocal encoder
            headers = dict(message["headers"])
            kind = headers.get(b"content-type", b"")
            if message["status"] == 304 and coding:
                return [(n, weak(v) if n == b"etag" else v) for n, v in message["headers"]]
            if message["status"] != 200 or not (b"json" in kind or kind.startswith(b"text/")):
                return message["headers"]
            changed = list(message["headers"])
            vary_by_encoding(changed)
            length = int(headers.get(b"content-length", 10**9))
            if not coding or b"content-encoding" in headers or length < found.minimum:
                return changed
            encoder = CODINGS[coding]()
            changed = [(n, weak(v) if n == b"etag" else v) for n, v in changed]
            changed = [one for one in changed if one[0] != b"content-length"]
            return [*changed, (b"content-encoding", coding.encode())]

        async def encoding(message):
            if message["type"] == "http.response.start":
                message = {**message, "headers": changed(message)}
            elif encoder is not None and scope["method"] != "HEAD":
                more = message.get("more_body", False)
                body = await asyncio.to_thread(encoder.encode, message.get("body", b""), not more)
                message = {**message, "body": body}
            await send(message)

        await app(scope, receive, encoding)

    return compressing


def weak(tag):
    return tag if tag.startswith(b"W/") else b"W/" + tag
"""
_FINISHED = """
from app.shop.edge.compression import Compression
from app.shop.edge.conditional import Conditional


def Compress(app):
    return Compression(Conditional(app))
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt("the usual middleware", source=_USUAL, says="2 headers `content-length`"),
    Attempt(
        "Starlette's own, as it is",
        source=_STARLETTE,
        says="GET /text with `Accept-Encoding: GZIP` has 8",
    ),
    Attempt(
        "the wildcard forgotten",
        edits=((_FOUND, 'gzip = found.get("gzip", 0)'),),
        says="GET /text with `Accept-Encoding: *` has 8",
    ),
    Attempt(
        "q=0 ignored",
        edits=((_FOUND, 'gzip = "gzip" in found or found.get("*", 0)'),),
        says="GET /text with `Accept-Encoding: gzip;q=0` has `Content-Encoding: gzip`",
    ),
    Attempt(
        "any name that contains gzip",
        edits=(
            (
                _FOUND,
                'gzip = max([q for n, q in found.items() if "gzip" in n] or [found.get("*", 0)])',
            ),
        ),
        says="`Accept-Encoding: notgzip` has `Content-Encoding: gzip`",
    ),
    Attempt(
        "compressed from the second time on",
        edits=((_RESPONSE, _SECOND_TIME), ("MINIMUM = 500", "MINIMUM, SEEN = 500, set()")),
        says="GET /text with `Accept-Encoding: gzip` has 8",
    ),
    Attempt(
        "no Vary where it is compressed",
        edits=(('in with_vary(start["headers"]):', 'in start["headers"]:'),),
        says="GET /text with `Accept-Encoding: gzip` has `Vary: `",
    ),
    Attempt(
        "no Vary where it is not compressed",
        edits=((_PLAIN, "await self.send(start)"),),
        says="GET /text with no `Accept-Encoding` has `Vary: `",
    ),
    Attempt(
        "the application's Vary replaced",
        edits=(('varies = [value for name, value in headers if name == b"vary"]', "varies = []"),),
        says="own `Vary: Origin` is missing",
    ),
    Attempt(
        "small bodies grow", edits=(("MINIMUM = 500", "MINIMUM = 0"),), says="12 bytes have become"
    ),
    Attempt(
        "small bodies never encoded",
        edits=(("MINIMUM if identity else 0", "MINIMUM"),),
        says="`identity;q=0` says that the client",
    ),
    Attempt(
        "headers in a dictionary",
        edits=((_RETURNED, _RETURNED.replace("*headers", "*dict(headers).items()")),),
        says="the application set `set-cookie: one=1`, `set-cookie: two=2`",
    ),
    Attempt(
        "encoded twice",
        edits=((' or b"content-encoding" in headers\n', " or False\n"),),
        says="2 headers `content-encoding`",
    ),
    Attempt(
        "images compressed",
        edits=(('b"text/")', 'b"text/", b"image/")'),),
        says="It is an image",
    ),
    Attempt(
        "partial content compressed",
        edits=((' or b"content-range" in headers\n', " or False\n"),),
        says="counts the bytes of the original",
    ),
    Attempt(
        "zlib's own format, called gzip",
        edits=(("zlib.DEFLATED, 31)", "zlib.DEFLATED, 15)"),),
        says="cannot be decoded: Error -3",
    ),
    Attempt(
        "never finished",
        edits=((_FLUSH, "flush = zlib.Z_SYNC_FLUSH"),),
        says="does not end where the body ends",
    ),
    Attempt(
        "packed and not compressed",
        edits=(("zlib.compressobj(6, ", "zlib.compressobj(0, "),),
        says="expected less than half",
    ),
    Attempt(
        "the tag dropped",
        edits=(
            ('        if name != b"content-length":', "        if name not in DROPPED:"),
            ("MINIMUM = 500", 'MINIMUM, DROPPED = 500, (b"content-length", b"etag")'),
        ),
        says="has lost its `ETag`",
    ),
    Attempt(
        "one strong tag for both",
        edits=(
            (
                "            value = tag_of_gzip(value)\n        if name",
                "            pass\n        if name",
            ),
        ),
        says="A strong tag stands for exact bytes",
    ),
    Attempt(
        "a tag that the application does not know",
        edits=((_KNOWN, 'response.known = b""'),),
        says="the status is 200; expected 304",
    ),
    Attempt(
        "a 304 with another tag",
        edits=(("await self.send(self.with_known_tag(start))", "await self.send(start)"),),
        says='the 304 has `ETag: "v1"`',
    ),
    Attempt(
        "a 304 from memory",
        edits=((_CALL, _OWN_304), ("MINIMUM = 500", "MINIMUM, REMEMBERED = 500, set()")),
        says="a POST has changed the document since, and the status is 304",
    ),
    Attempt(
        "a write answered from memory",
        edits=(
            (_CALL, _REMEMBERED_FOR_ALL_METHODS),
            ("MINIMUM = 500", "MINIMUM, REMEMBERED = 500, {}"),
        ),
        says="A POST to /document never reached the application",
    ),
    Attempt(
        "HEAD with the headers of the original",
        edits=((_HEAD, _HEAD.replace("as_gzip(start)", "start")),),
        says="HEAD /document with `Accept-Encoding: gzip`: it has no `content-encoding`",
    ),
    Attempt(
        "HEAD with the length of nothing",
        edits=(('elif self.method == "HEAD":', 'elif self.method == "":'),),
        says="it has `content-length: 20`",
    ),
    Attempt("a stream buffered", edits=((_CALL, _BUFFERED),), says="(0 bytes had arrived)"),
    Attempt(
        "a stream without flushes",
        edits=((_FLUSH, _FLUSH.replace("Z_SYNC_FLUSH", "Z_NO_FLUSH")),),
        says="0 of 3 pieces could be decoded",
    ),
    Attempt(
        "streams left alone",
        edits=(
            (
                "length < self.minimum:",
                'length < self.minimum or b"content-length" not in headers:',
            ),
        ),
        says="the stream is not compressed",
    ),
    Attempt("every exception caught", edits=((_CALL, _SWALLOWED),), says="looks complete"),
    Attempt(
        "everything in the event loop",
        edits=(("IN_A_THREAD = 100_000", "IN_A_THREAD = 100_000_000"),),
        says="the event loop ran something else",
    ),
    Attempt(
        "a few pauses, then everything in the event loop",
        edits=((_IN_A_THREAD, _PAUSES), ("    def compress(", _PAUSING)),
        says="but was held for as long as the compression takes",
    ),
    Attempt(
        "one request's state kept on the middleware",
        edits=(
            (
                _RESPONSE,
                f"self.gzip = bool(gzip)\n        {_RESPONSE.replace('bool(gzip)', 'self')}",
            ),
            ("elif not self.accepted or", "elif not self.accepted.gzip or"),
        ),
        says="With 40 clients at once",
    ),
    Attempt(
        "compressed responses remembered",
        edits=((_CALL, _REMEMBERED), ("MINIMUM = 500", "MINIMUM, REMEMBERED = 500, {}")),
        says="is out of date",
    ),
    Attempt(
        "the lifespan forgotten",
        edits=(('if scope["type"] != "http":', 'if scope["type"] == "websocket":'),),
        says="KeyError",
        outcome="error",
    ),
    Attempt(
        "a weak tag instead of another one",
        edits=(
            (
                """return tag.removesuffix(b'"') + b'-gzip"'""",
                'return b"W/" + tag.removeprefix(b"W/")',
            ),
        ),
        outcome="passed",
    ),
    Attempt(
        "slices in the event loop",
        edits=((_IN_A_THREAD, _SLICES), ("    def compress(", _SLICING)),
        outcome="passed",
    ),
    Attempt("Starlette's own, corrected", source=_SUBCLASS, outcome="passed"),
    Attempt("Brotli and gzip, as a function", source=_BROTLI, outcome="passed"),
    Attempt("the shop's own layers", source=_FINISHED, outcome="passed"),
)
