"""Responses are compressed if the client accepts it, and are unchanged otherwise."""

import asyncio
import json
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.middleware import Middleware
from starlette.routing import Route

from app.shop.edge.codings import CODINGS, zstd
from app.shop.edge.compression import MINIMUM, OFF_LOOP, Compression
from app.shop.edge.conditional import Conditional
from tests.shop.edge.serving import make_app, serve

TEXT = json.dumps([{"id": number, "name": f"lantern {number}"} for number in range(200)]).encode()
LARGE = TEXT * (OFF_LOOP // len(TEXT) + 1)
JSON = "application/json"
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}
NAMES = [coding.name.decode() for coding in CODINGS]


class Decoder:
    """Decodes what has arrived of a response, and notices its end."""

    def __init__(self, coding: str) -> None:
        self._gzip = zlib.decompressobj(31)
        self._brotli = brotli.Decompressor()
        self._zstd = zstd.ZstdDecompressor()
        self.decode = {
            "gzip": self._gzip.decompress,
            "br": self._brotli.process,
            "zstd": self._zstd.decompress,
        }[coding]
        self._is_complete = {
            "gzip": lambda: self._gzip.eof and not self._gzip.unused_data,
            "br": self._brotli.is_finished,
            "zstd": lambda: self._zstd.eof and not self._zstd.unused_data,
        }[coding]

    @property
    def is_complete(self) -> bool:
        """Whether the encoded data has ended, and nothing follows."""
        return bool(self._is_complete())


class Lines:
    """A stream that yields a line only after the reader has acknowledged the previous one."""

    def __init__(self) -> None:
        self.acknowledged = threading.Semaphore(0)

    async def lines(self) -> AsyncIterator[bytes]:
        for number in range(3):
            yield b'{"id": %d}\n' % number
            assert await asyncio.to_thread(self.acknowledged.acquire, timeout=5)


def make_compressing_app(lines: Lines, file: Path) -> FastAPI:
    app = make_app(Middleware(Compression), Middleware(Conditional))

    def add(path: str, body: bytes, media_type: str | None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def endpoint(_: Any) -> Response:
            return Response(body, headers=named, media_type=media_type)

        app.router.routes.append(Route(path, endpoint))

    add("/json", TEXT, JSON)
    add("/large", LARGE, JSON)
    add("/least", b"x" * MINIMUM, JSON)
    add("/small", b"x" * (MINIMUM - 1), JSON)
    add("/html", TEXT, "text/html")
    add("/csv", TEXT, "TEXT/CSV; charset=utf-8")
    add("/problem", TEXT, "application/problem+json")
    add("/image", TEXT, "image/png")
    add("/bytes", TEXT, "application/octet-stream")
    add("/events", TEXT, "text/event-stream")
    add("/untyped", TEXT, None)
    add("/encoded", TEXT, JSON, content_encoding="br", etag='"brotli"')
    add("/part", TEXT, JSON, content_range="bytes 0-9/100")
    add("/varies", TEXT, JSON, vary="Accept-Language")
    add("/varies-already", TEXT, JSON, vary="accept-encoding, Origin")
    add("/varies-always", TEXT, JSON, vary="*")
    add("/strong", TEXT, JSON, etag='"strong"')
    add("/weak", TEXT, JSON, etag='W/"weak"')

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
    """The response, and its body as sent over the wire."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.stream(method, path, headers=named) as response:
        return response, b"".join([chunk async for chunk in response.aiter_raw()])


def decompress(body: bytes, coding: str = "gzip") -> bytes:
    """The content of ``body``, which must be encoded exactly once and complete."""
    decoder = Decoder(coding)
    content: bytes = decoder.decode(body)
    assert decoder.is_complete
    return content


@pytest.mark.parametrize("coding", NAMES)
@pytest.mark.parametrize("path", ["/json", "/large", "/html", "/csv", "/problem", "/least"])
async def test_a_compressed_response_decompresses_to_the_same_body(
    client: httpx.AsyncClient, path: str, coding: str
) -> None:
    plain, content = await raw(client, path, accept_encoding="identity")
    compressed, body = await raw(client, path, accept_encoding=coding)
    assert "content-encoding" not in plain.headers
    assert compressed.headers.get_list("content-encoding") == [coding]
    assert decompress(body, coding) == content
    assert len(body) < len(content)
    assert compressed.headers.get_list("content-length") == [str(len(body))]
    assert plain.headers["content-type"] == compressed.headers["content-type"]
    for response in (plain, compressed):
        assert response.headers.get_list("vary") == ["Accept-Encoding"]


async def test_a_client_gets_the_coding_that_it_prefers(client: httpx.AsyncClient) -> None:
    for accepted, coding in {"gzip, br": "br", "br;q=0.5, gzip": "gzip", "*": "zstd"}.items():
        response, body = await raw(client, "/json", accept_encoding=accepted)
        assert response.headers["content-encoding"] == coding
        assert decompress(body, coding) == TEXT


@pytest.mark.parametrize("accepted", ["gzip;q=0", "identity", "deflate", "*;q=0", "gzip;q=x", ""])
async def test_a_client_that_accepts_no_coding_gets_an_uncompressed_response(
    client: httpx.AsyncClient, accepted: str
) -> None:
    response, body = await raw(client, "/json", accept_encoding=accepted)
    assert "content-encoding" not in response.headers
    assert body == TEXT
    assert response.headers["vary"] == "Accept-Encoding"


async def test_a_small_response_is_not_compressed(client: httpx.AsyncClient) -> None:
    response, body = await raw(client, "/small", accept_encoding="gzip")
    assert "content-encoding" not in response.headers
    assert len(body) == MINIMUM - 1
    assert response.headers["vary"] == "Accept-Encoding"


async def test_a_small_response_is_compressed_if_the_client_rejects_identity(
    client: httpx.AsyncClient,
) -> None:
    response, body = await raw(client, "/small", accept_encoding="gzip, identity;q=0")
    assert response.headers["content-encoding"] == "gzip"
    assert decompress(body) == b"x" * (MINIMUM - 1)


@pytest.mark.parametrize("path", ["/image", "/bytes", "/events", "/untyped", "/part"])
async def test_other_media_types_and_partial_content_are_not_compressed(
    client: httpx.AsyncClient, path: str
) -> None:
    response, body = await raw(client, path, accept_encoding="gzip")
    assert "content-encoding" not in response.headers
    assert body == TEXT
    if path != "/part":
        assert "vary" not in response.headers


async def test_a_response_with_a_content_encoding_is_not_compressed_again(
    client: httpx.AsyncClient,
) -> None:
    response, body = await raw(client, "/encoded", accept_encoding="gzip, br")
    assert response.headers.get_list("content-encoding") == ["br"]
    assert response.headers["etag"] == '"brotli"'
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
async def test_vary_is_merged_with_that_of_the_endpoint(
    client: httpx.AsyncClient, path: str, vary: str, accepted: str
) -> None:
    response, _ = await raw(client, path, accept_encoding=accepted)
    assert response.headers.get_list("vary") == [vary]


async def test_repeated_headers_are_preserved(client: httpx.AsyncClient) -> None:
    response, _ = await raw(client, "/cookies", accept_encoding="gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert [cookie[:5] for cookie in response.headers.get_list("set-cookie")] == ["one=1", "two=1"]
    assert response.headers.get_list("link") == ["<a>", "<b>"]


@pytest.mark.parametrize("path", ["/json", "/strong", "/weak"])
async def test_each_encoding_has_an_etag_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    tags = {}
    for accepted in ("identity", *NAMES):
        response, _ = await raw(client, path, accept_encoding=accepted)
        tags[accepted] = response.headers["etag"]
        assert accepted == "identity" or tags[accepted].startswith("W/")
    assert len({tag.removeprefix("W/") for tag in tags.values()}) == 1 + len(NAMES)


@pytest.mark.parametrize("path", ["/json", "/strong", "/weak", "/varies"])
@pytest.mark.parametrize("accepted", ["identity", *NAMES])
async def test_a_304_has_the_same_headers_as_the_200(
    client: httpx.AsyncClient, path: str, accepted: str
) -> None:
    first, _ = await raw(client, path, accept_encoding=accepted)
    tag = first.headers["etag"]
    for tags in (tag, f'"other", {tag}'):
        again, body = await raw(client, path, accept_encoding=accepted, if_none_match=tags)
        assert again.status_code == 304
        assert body == b""
        assert "content-encoding" not in again.headers
        for name in ("etag", "vary", "cache-control"):
            assert again.headers.get_list(name) == first.headers.get_list(name)


@pytest.mark.parametrize("path", ["/json", "/strong"])
@pytest.mark.parametrize("accepted", ["identity", "br"])
async def test_the_etag_of_another_encoding_is_not_a_match(
    client: httpx.AsyncClient, path: str, accepted: str
) -> None:
    """The client could not use the response that it knows by that tag."""
    compressed, _ = await raw(client, path, accept_encoding="gzip")
    tag = compressed.headers["etag"]
    response, _ = await raw(client, path, accept_encoding=accepted, if_none_match=tag)
    assert response.status_code == 200
    assert response.headers["etag"] != tag


@pytest.mark.parametrize("path", ["/json", "/strong"])
async def test_a_client_may_keep_a_response_in_any_encoding_that_it_accepts(
    client: httpx.AsyncClient, path: str
) -> None:
    """Although a new one would come in another."""
    for known in ("identity", "gzip"):
        first, _ = await raw(client, path, accept_encoding=known)
        tag = first.headers["etag"]
        again, _ = await raw(client, path, accept_encoding="gzip, br, zstd", if_none_match=tag)
        assert again.status_code == 304
        assert again.headers["etag"] == tag


async def test_a_changed_response_is_sent_in_full(client: httpx.AsyncClient) -> None:
    for tags in ('W/"stale-gzip"', '"stale"', 'W/"', "-gzip"):
        response, body = await raw(client, "/json", accept_encoding="gzip", if_none_match=tags)
        assert response.status_code == 200
        assert decompress(body) == TEXT


@pytest.mark.parametrize("accepted", ["identity", *NAMES])
async def test_head_has_the_headers_of_get(client: httpx.AsyncClient, accepted: str) -> None:
    for path in ("/json", "/small", "/strong", "/image", "/file"):
        get, _ = await raw(client, path, accept_encoding=accepted)
        head, body = await raw(client, path, method="HEAD", accept_encoding=accepted)
        assert body == b""
        assert head.status_code == 200
        for name in ("etag", "vary", "content-type", "content-encoding", "cache-control"):
            assert head.headers.get_list(name) == get.headers.get_list(name)
        # ``Content-Length`` equals that of GET or is absent.
        lengths = head.headers.get_list("content-length")
        assert lengths in ([], get.headers.get_list("content-length"))
        assert lengths or "content-encoding" in get.headers


async def test_a_204_is_not_changed(client: httpx.AsyncClient) -> None:
    response, body = await raw(client, "/nothing", accept_encoding="gzip")
    assert response.status_code == 204
    assert body == b""
    assert not {"content-encoding", "vary", "content-length"} & set(response.headers)


@pytest.mark.parametrize("coding", NAMES)
async def test_a_streamed_line_is_flushed_before_the_next_one_is_produced(
    client: httpx.AsyncClient, lines: Lines, coding: str
) -> None:
    decoder, received = Decoder(coding), b""
    headers = {"Accept-Encoding": coding}
    async with client.stream("GET", "/lines", headers=headers) as response:
        assert response.headers["content-encoding"] == coding
        assert response.headers["vary"] == "Accept-Encoding"
        assert "content-length" not in response.headers
        number = 0
        async for chunk in response.aiter_raw():
            received += decoder.decode(chunk)
            if received == b"".join(b'{"id": %d}\n' % one for one in range(number + 1)):
                number += 1
                lines.acknowledged.release()
    assert number == 3
    assert decoder.is_complete


@pytest.mark.parametrize("coding", NAMES)
async def test_a_stream_with_a_content_length_is_compressed_without_one(
    client: httpx.AsyncClient, coding: str
) -> None:
    plain, whole = await raw(client, "/chunks", accept_encoding="identity")
    compressed, body = await raw(client, "/chunks", accept_encoding=coding)
    assert plain.headers["content-length"] == str(len(whole))
    assert "content-length" not in compressed.headers
    assert decompress(body, coding) == whole == TEXT + LARGE + TEXT


@pytest.mark.parametrize("coding", NAMES)
@pytest.mark.parametrize("more_body", [False, True])
async def test_compressing_a_large_response_does_not_block_the_event_loop(
    more_body: bool, coding: str
) -> None:
    iterations = {}

    async def run(body: bytes) -> int:
        """The number of event-loop iterations during the compression."""
        count = 0

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": more_body})

        async def send(_: Any) -> None: ...

        async def receive() -> Any: ...

        async def iterate() -> None:
            nonlocal count
            while True:
                await asyncio.sleep(0)
                count += 1

        iterating = asyncio.create_task(iterate())
        accepted = [(b"accept-encoding", coding.encode())]
        scope = {"type": "http", "method": "GET", "headers": accepted}
        await Compression(app)(scope, receive, send)
        iterating.cancel()
        return count

    for size in (OFF_LOOP - 1, OFF_LOOP * 8):
        iterations[size] = await run(b"x" * size)
    assert iterations[OFF_LOOP - 1] == 0
    assert iterations[OFF_LOOP * 8] > 0


async def test_reusing_a_response_object_does_not_accumulate_headers() -> None:
    """Its list of headers belongs to the endpoint."""
    response = Response(TEXT, media_type=JSON)
    before = list(response.raw_headers)
    app = make_app(Middleware(Compression), Middleware(Conditional))
    app.get("/", response_model=None)(lambda: response)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for headers in (GZIP, PLAIN, GZIP):
            assert (await client.get("/", headers=headers)).content == TEXT
    assert response.raw_headers == before


async def test_a_repeated_accept_encoding_counts_as_one_list(client: httpx.AsyncClient) -> None:
    headers = [("Accept-Encoding", "identity"), ("Accept-Encoding", "gzip;q=0.5")]
    response = await client.get("/json", headers=headers)
    assert "content-encoding" not in response.headers
    headers = [("Accept-Encoding", "identity;q=0.5"), ("Accept-Encoding", "gzip")]
    assert (await client.get("/json", headers=headers)).headers["content-encoding"] == "gzip"
