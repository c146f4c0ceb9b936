"""The small application that a middleware is tried around: one path for each thing to get wrong."""

import asyncio
import gc
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import brotli
from starlette.types import Receive, Scope, Send

from app.shop.edge.conditional import matches
from app.shop.edge.headers import Headers, value_of

JSON, LINES, EVENTS = b"application/json", b"application/jsonl", b"text/event-stream"
CROWD = 40
"""Clients at once."""
PIECES = 3
"""Of each stream."""
BIG = 8_000_000
"""Bytes. They repeat themselves, so that what is sent fits into the buffers of the server, and
nobody has to wait for the client."""

SMALL = b'{"ok": true}'

_CROWD_SECONDS = 5.0
"""After which a crowd that does not arrive together is served all the same."""


def text_of(name: str) -> bytes:
    """About 8,000 bytes of JSON, different for each name."""
    rows = [{"id": n, "name": f"Lantern {n * 7919 % 1000}", "of": name} for n in range(160)]
    return json.dumps(rows).encode()


def piece_of(path: str, number: int) -> bytes:
    """One piece of a stream, from 0."""
    line = json.dumps({"number": number, "text": f"Line {number} of {path}. " * 20})
    return f"data: {line}\n\n".encode() if path.startswith("/events/") else f"{line}\n".encode()


class Site:
    """An ASGI application. A HEAD request gets the headers of GET and no body, as Starlette's own
    responses do it."""

    def __init__(self) -> None:
        self.version = 1
        """Of ``/document``, which a POST changes."""
        self.ticks = 0
        """How often the event loop ran something else while ``/big`` was sent."""
        self.longest_step = 0.0
        """Seconds of CPU time that it spent meanwhile without running anything else."""
        self.handed = Counter[str]()
        """How many pieces of each stream the layer around the application has accepted."""
        self._go: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(0))
        self._arrived = 0
        self._all_arrived = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        path = scope["path"]
        match path.split("/")[1]:
            case "document":
                await self._document(scope, send)
            case "lines" | "events":
                await self._stream(path, send)
            case "go":
                self._go[path.removeprefix("/go")].release()
                await _reply(scope, send, b'{"go": true}')
            case "big":
                await self._big(scope, send)
            case "crowd":
                await self._meet()
                await _reply(scope, send, text_of(path))
            case "broken":
                await _start(send, 200, [(b"content-type", LINES)])
                await _body(send, text_of(path), more=True)
                raise RuntimeError("the rows ended too early")
            case _:
                await _static(path, scope, send)

    async def _document(self, scope: Scope, send: Send) -> None:
        if scope["method"] == "POST":
            self.version += 1
            await _reply(scope, send, b'{"changed": true}')
            return
        tag = b'"v%d"' % self.version
        headers = [(b"etag", tag), (b"cache-control", b"no-cache"), (b"vary", b"Origin")]
        known = value_of(scope["headers"], b"if-none-match")
        if known and matches(known, tag):
            await _start(send, 304, headers)
            await _body(send, b"")
            return
        await _reply(scope, send, text_of(f"version {self.version}"), *headers)

    async def _stream(self, path: str, send: Send) -> None:
        media_type = EVENTS if path.startswith("/events/") else LINES
        await _start(send, 200, [(b"content-type", media_type)])
        for number in range(PIECES):
            await _body(send, piece_of(path, number), more=True)
            self.handed[path] += 1
            await self._go[path].acquire()
        await _body(send, b"")

    async def _big(self, scope: Scope, send: Send) -> None:
        # CPU time, which passes only while this thread runs, however busy the machine is.
        last = time.thread_time()

        def step() -> None:
            nonlocal last
            now = time.thread_time()
            self.longest_step, last = max(self.longest_step, now - last), now

        async def tick() -> None:
            while True:
                await asyncio.sleep(0)
                self.ticks += 1
                step()

        body = big()
        ticking = asyncio.create_task(tick())
        with _collector_paused():
            last = time.thread_time()
            try:
                await _reply(scope, send, body)
            finally:
                step()
                ticking.cancel()

    async def _meet(self) -> None:
        self._arrived += 1
        if self._arrived == CROWD:
            self._all_arrived.set()
        try:
            async with asyncio.timeout(_CROWD_SECONDS):
                await self._all_arrived.wait()
        except TimeoutError:
            pass


async def _static(path: str, scope: Scope, send: Send) -> None:
    match path:
        case "/text":
            await _reply(scope, send, text_of(path))
        case "/small":
            await _reply(scope, send, SMALL, (b"etag", b'"small"'))
        case "/cookies":
            cookies = [(b"set-cookie", b"one=1"), (b"set-cookie", b"two=2")]
            links = [(b"link", b"</a>; rel=preload"), (b"link", b"</b>; rel=preload")]
            await _reply(scope, send, text_of(path), *cookies, *links, (b"x-request-id", b"7"))
        case "/encoded":
            encoded: bytes = brotli.compress(text_of(path))
            await _reply(
                scope, send, encoded, (b"content-encoding", b"br"), (b"etag", b'"encoded"')
            )
        case "/image":
            await _reply(scope, send, image(), media_type=b"image/png")
        case "/part":
            part = (b"content-range", b"bytes 0-7999/90000")
            await _reply(scope, send, text_of(path)[:8_000], part, status=206)
        case "/nothing":
            await _start(send, 204, [])
            await _body(send, b"")
        case "/pieces":
            await _pieces(send, text_of(path))
        case _:
            await _reply(scope, send, b'{"error": "not found"}', status=404)


def big() -> bytes:
    body = text_of("/big")
    return body * (BIG // len(body))


def image() -> bytes:
    """What is compressed already cannot be compressed again."""
    return Random(1).randbytes(5_000)


async def _pieces(send: Send, body: bytes) -> None:
    """A body of known length in three messages, as a file is sent."""
    await _start(send, 200, [(b"content-type", JSON), (b"content-length", str(len(body)).encode())])
    for piece in (body[:3_000], body[3_000:6_000]):
        await _body(send, piece, more=True)
    await _body(send, body[6_000:])


async def _reply(
    scope: Scope,
    send: Send,
    body: bytes,
    *headers: tuple[bytes, bytes],
    status: int = 200,
    media_type: bytes = JSON,
) -> None:
    own = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
    await _start(send, status, [*own, *headers])
    await _body(send, b"" if scope["method"] == "HEAD" else body)


async def _start(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _body(send: Send, body: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A collection in a notebook's kernel holds the event loop for several times as long as the
    compression takes."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
