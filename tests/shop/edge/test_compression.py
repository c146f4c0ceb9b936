"""Answers are compressed for whom it helps, and nothing else about them changes."""

import asyncio
import json
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.middleware import Middleware
from starlette.routing import Route

from app.shop.edge.compression import MINIMUM, OFF_LOOP, Compression
from app.shop.edge.conditional import Conditional
from tests.shop.edge.serving import make_app, serve

TEXT = json.dumps([{"id": number, "name": f"lantern {number}"} for number in range(200)]).encode()
LARGE = TEXT * (OFF_LOOP // len(TEXT) + 1)
JSON = "application/json"
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


class Lines:
    """A stream whose next line comes only when the reader says that it has the last one."""

    def __init__(self) -> None:
        self.read = threading.Semaphore(0)

    async def lines(self) -> AsyncIterator[bytes]:
        for number in range(3):
            yield b'{"id": %d}\n' % number
            assert await asyncio.to_thread(self.read.acquire, timeout=5)


def make_compressing_app(lines: Lines, file: Path) -> FastAPI:
    app = make_app(Middleware(Compression), Middleware(Conditional))

    def answer(path: str, body: bytes, media_type: str | None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def endpoint(_: Any) -> Response:
            return Response(body, headers=named, media_type=media_type)

        app.router.routes.append(Route(path, endpoint))

    answer("/json", TEXT, JSON)
    answer("/large", LARGE, JSON)
    answer("/least", b"x" * MINIMUM, JSON)
    answer("/small", b"x" * (MINIMUM - 1), JSON)
    answer("/html", TEXT, "text/html")
    answer("/csv", TEXT, "TEXT/CSV; charset=utf-8")
    answer("/problem", TEXT, "application/problem+json")
    answer("/image", TEXT, "image/png")
    answer("/bytes", TEXT, "application/octet-stream")
    answer("/events", TEXT, "text/event-stream")
    answer("/untyped", TEXT, None)
    answer("/encoded", TEXT, JSON, content_encoding="br", etag='"brotli"')
    answer("/part", TEXT, JSON, content_range="bytes 0-9/100")
    answer("/varies", TEXT, JSON, vary="Accept-Language")
    answer("/varies-already", TEXT, JSON, vary="accept-encoding, Origin")
    answer("/varies-always", TEXT, JSON, vary="*")
    answer("/strong", TEXT, JSON, etag='"strong"')
    answer("/weak", TEXT, JSON, etag='W/"weak"')

    @app.get("/cookies")
    async def cookies() -> Response:
        response = Response(TEXT, media_type=JSON)
        for name in ("one", "two"):
            response.set_cookie(name, "1")
        response.headers.append("Link", "<a>")
        response.headers.append("Link", "<b>")
        response.headers.append("Vary", "Origin")
        response.headers.append("Vary", "Accept-Language")
        return response

    app.router.routes.append(Route("/file", lambda _: FileResponse(file)))

    @app.get("/nothing", status_code=204)
    async def nothing() -> None: ...

    @app.get("/lines")
    async def stream() -> StreamingResponse:
        return StreamingResponse(lines.lines(), media_type="application/jsonl")

    @app.get("/chunks")
    async def chunks() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for piece in (b"", TEXT, b"", LARGE, TEXT):
                yield piece

        headers = {"content-length": str(len(LARGE) + 2 * len(TEXT))}
        return StreamingResponse(pieces(), media_type=JSON, headers=headers)

    return app


@pytest.fixture(scope="module")
def lines() -> Lines:
    return Lines()


@pytest.fixture(scope="module")
def url(lines: Lines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("files") / "file.txt"
    file.write_bytes(TEXT)
    with serve(make_compressing_app(lines, file)) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def raw(
    client: httpx.AsyncClient, path: str, method: str = "GET", **headers: str
) -> tuple[httpx.Response, bytes]:
    """The answer, and its body as it came over the wire."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.stream(method, path, headers=named) as answer:
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


def unpack(body: bytes) -> bytes:
    """``zlib.error`` where it is not exactly one complete gzip file."""
    unpacker = zlib.decompressobj(31)
    unpacked = unpacker.decompress(body)
    assert unpacker.eof
    assert not unpacker.unused_data
    return unpacked


@pytest.mark.parametrize("path", ["/json", "/large", "/html", "/csv", "/problem", "/least"])
async def test_the_same_bytes_in_fewer(client: httpx.AsyncClient, path: str) -> None:
    plain, as_it_is = await raw(client, path, accept_encoding="identity")
    packed, body = await raw(client, path, accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers.get_list("content-encoding") == ["gzip"]
    assert unpack(body) == as_it_is
    assert len(body) < len(as_it_is)
    assert packed.headers.get_list("content-length") == [str(len(body))]
    assert plain.headers["content-type"] == packed.headers["content-type"]
    for answer in (plain, packed):
        assert answer.headers.get_list("vary") == ["Accept-Encoding"]


@pytest.mark.parametrize("accepted", ["gzip;q=0", "identity", "br", "*;q=0", "gzip;q=x", ""])
async def test_who_does_not_want_it_gets_it_plain(client: httpx.AsyncClient, accepted: str) -> None:
    answer, body = await raw(client, "/json", accept_encoding=accepted)
    assert "content-encoding" not in answer.headers
    assert body == TEXT
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_a_small_answer_is_plain(client: httpx.AsyncClient) -> None:
    answer, body = await raw(client, "/small", accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert len(body) == MINIMUM - 1
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_who_refuses_plain_answers_gets_none(client: httpx.AsyncClient) -> None:
    answer, body = await raw(client, "/small", accept_encoding="gzip, identity;q=0")
    assert answer.headers["content-encoding"] == "gzip"
    assert unpack(body) == b"x" * (MINIMUM - 1)


@pytest.mark.parametrize("path", ["/image", "/bytes", "/events", "/untyped", "/part"])
async def test_what_does_not_become_smaller_is_left_alone(
    client: httpx.AsyncClient, path: str
) -> None:
    answer, body = await raw(client, path, accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert body == TEXT
    if path != "/part":
        assert "vary" not in answer.headers


async def test_what_is_encoded_already_is_left_alone(client: httpx.AsyncClient) -> None:
    answer, body = await raw(client, "/encoded", accept_encoding="gzip, br")
    assert answer.headers.get_list("content-encoding") == ["br"]
    assert answer.headers["etag"] == '"brotli"'
    assert body == TEXT


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
@pytest.mark.parametrize(
    ("path", "vary"),
    [
        ("/varies", "Accept-Language, Accept-Encoding"),
        ("/varies-already", "accept-encoding, Origin"),
        ("/varies-always", "*"),
        ("/cookies", "Origin, Accept-Language, Accept-Encoding"),
    ],
)
async def test_what_it_varies_by_is_merged(
    client: httpx.AsyncClient, path: str, vary: str, accepted: str
) -> None:
    answer, _ = await raw(client, path, accept_encoding=accepted)
    assert answer.headers.get_list("vary") == [vary]


async def test_repeated_headers_stay(client: httpx.AsyncClient) -> None:
    answer, _ = await raw(client, "/cookies", accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert [cookie[:5] for cookie in answer.headers.get_list("set-cookie")] == ["one=1", "two=1"]
    assert answer.headers.get_list("link") == ["<a>", "<b>"]


async def test_a_strong_tag_becomes_weak(client: httpx.AsyncClient) -> None:
    plain, _ = await raw(client, "/strong", accept_encoding="identity")
    packed, _ = await raw(client, "/strong", accept_encoding="gzip")
    weak, _ = await raw(client, "/weak", accept_encoding="gzip")
    assert plain.headers["etag"] == '"strong"'
    assert packed.headers["etag"] == 'W/"strong"'
    assert weak.headers["etag"] == 'W/"weak"'


@pytest.mark.parametrize("path", ["/json", "/strong", "/weak", "/varies"])
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
async def test_a_304_is_like_the_200(client: httpx.AsyncClient, path: str, accepted: str) -> None:
    first, _ = await raw(client, path, accept_encoding=accepted)
    tag = first.headers["etag"]
    again, body = await raw(client, path, accept_encoding=accepted, if_none_match=tag)
    assert again.status_code == 304
    assert body == b""
    assert "content-encoding" not in again.headers
    for name in ("etag", "vary", "cache-control"):
        assert again.headers.get_list(name) == first.headers.get_list(name)


async def test_either_form_is_known_by_the_tag_of_the_other(client: httpx.AsyncClient) -> None:
    for path in ("/json", "/strong"):
        packed, _ = await raw(client, path, accept_encoding="gzip")
        tag = packed.headers["etag"]
        answer, _ = await raw(client, path, accept_encoding="identity", if_none_match=tag)
        assert answer.status_code == 304


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
async def test_head_is_like_get(client: httpx.AsyncClient, accepted: str) -> None:
    for path in ("/json", "/small", "/strong", "/image", "/file"):
        get, _ = await raw(client, path, accept_encoding=accepted)
        head, body = await raw(client, path, method="HEAD", accept_encoding=accepted)
        assert body == b""
        assert head.status_code == 200
        for name in ("etag", "vary", "content-type", "cache-control"):
            assert head.headers.get_list(name) == get.headers.get_list(name)
        # The length is that of GET or is not told.
        lengths = head.headers.get_list("content-length")
        assert lengths in ([], get.headers.get_list("content-length"))
        assert lengths or "content-encoding" in get.headers


async def test_no_content_stays_so(client: httpx.AsyncClient) -> None:
    answer, body = await raw(client, "/nothing", accept_encoding="gzip")
    assert answer.status_code == 204
    assert body == b""
    assert not {"content-encoding", "vary", "content-length"} & set(answer.headers)


async def test_a_line_arrives_while_the_next_is_not_made(
    client: httpx.AsyncClient, lines: Lines
) -> None:
    unpacker, received = zlib.decompressobj(31), b""
    async with client.stream("GET", "/lines", headers=GZIP) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "content-length" not in answer.headers
        number = 0
        async for chunk in answer.aiter_raw():
            received += unpacker.decompress(chunk)
            if received == b"".join(b'{"id": %d}\n' % one for one in range(number + 1)):
                number += 1
                lines.read.release()
    assert number == 3
    assert unpacker.eof


async def test_large_chunks_of_an_announced_length(client: httpx.AsyncClient) -> None:
    plain, whole = await raw(client, "/chunks", accept_encoding="identity")
    packed, body = await raw(client, "/chunks", accept_encoding="gzip")
    assert plain.headers["content-length"] == str(len(whole))
    assert "content-length" not in packed.headers
    assert unpack(body) == whole == TEXT + LARGE + TEXT


@pytest.mark.parametrize("more_body", [False, True])
async def test_others_are_answered_while_a_large_answer_is_compressed(more_body: bool) -> None:
    turns = {}

    async def run(body: bytes) -> int:
        """How often others had their turn while the answer was compressed."""
        others = 0

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": more_body})

        async def send(_: Any) -> None: ...

        async def receive() -> Any: ...

        async def count() -> None:
            nonlocal others
            while True:
                await asyncio.sleep(0)
                others += 1

        other = asyncio.create_task(count())
        scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
        await Compression(app)(scope, receive, send)
        other.cancel()
        return others

    for size in (OFF_LOOP - 1, OFF_LOOP * 8):
        turns[size] = await run(b"x" * size)
    assert turns[OFF_LOOP - 1] == 0
    assert turns[OFF_LOOP * 8] > 0


async def test_a_response_used_again_does_not_grow() -> None:
    """Its list of headers is the endpoint's."""
    response = Response(TEXT, media_type=JSON)
    before = list(response.raw_headers)
    app = make_app(Middleware(Compression), Middleware(Conditional))
    app.get("/", response_model=None)(lambda: response)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for headers in (GZIP, PLAIN, GZIP):
            assert (await client.get("/", headers=headers)).content == TEXT
    assert response.raw_headers == before
