"""Conditional requests: a response whose ETag the client already has is not sent again."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.middleware import Middleware
from starlette.routing import Route

from app.shop.edge.conditional import OFF_LOOP, Conditional, matches
from tests.shop.edge.serving import make_app, serve

FILE = b"file" * 50_000


def make_conditional_app(directory: Path) -> FastAPI:
    app = make_app(Middleware(Conditional))
    app.state.body = b"first"
    app.state.gate = threading.Event()
    file = directory / "file.txt"
    file.write_bytes(FILE)

    def add(path: str, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def endpoint(_: Any) -> Response:
            return Response(app.state.body, status, named, "application/json")

        app.router.routes.append(Route(path, endpoint, methods=["GET", "POST", "PUT"]))

    add("/")
    add("/own", etag='"own"')
    add("/unstored", cache_control="private, no-store")
    add("/private", cache_control="private, max-age=60")
    add("/created", 201)
    add("/missing", 404)
    add("/kept-missing", 404, cache_control="max-age=60")
    add("/kept", cache_control="max-age=60")
    add(
        "/full",
        content_location="/full.json",
        expires="Thu, 01 Dec 2033 16:00:00 GMT",
        date="Thu, 01 Dec 2033 15:00:00 GMT",
        cache_control="public, max-age=60",
        vary="Origin",
        access_control_allow_origin="*",
        content_language="en",
    )
    app.router.routes.append(Route("/file", lambda _: FileResponse(file)))

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            yield app.state.body

        return StreamingResponse(chunks(), media_type="application/json")

    @app.get("/gated")
    async def gated() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            assert await asyncio.to_thread(app.state.gate.wait, 5)
            yield b"late"

        return StreamingResponse(chunks(), media_type="application/json")

    @app.get("/unmade")
    async def unmade() -> bytes:
        return b"12345"

    @app.head("/unmade")
    async def unmade_head() -> Response:
        return Response(headers={"Content-Length": "5"})

    @app.get("/cookie")
    async def cookie() -> Response:
        response = Response(app.state.body)
        response.set_cookie("a", "1")
        return response

    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return make_conditional_app(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    with serve(app) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def etag_of(client: httpx.AsyncClient, path: str = "/") -> str:
    etag = (await client.get(path)).headers["etag"]
    assert isinstance(etag, str)
    return etag


async def status_if_none_match(
    client: httpx.AsyncClient, path: str, etags: str, method: str = "GET"
) -> int:
    response = await client.request(method, path, headers={"If-None-Match": etags})
    assert (response.status_code == 304) <= (response.content == b"")
    return response.status_code


async def test_an_unchanged_response_is_304(client: httpx.AsyncClient) -> None:
    etag = await etag_of(client)
    assert etag.startswith('"')  # strong: it stands for exactly these bytes
    assert await etag_of(client) == etag
    assert await status_if_none_match(client, "/", etag) == 304


async def test_a_changed_response_is_sent_with_a_new_etag(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    etag = await etag_of(client)
    app.state.body = b"other"
    response = await client.get("/", headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert response.content == b"other"
    assert response.headers["etag"] != etag
    app.state.body = b"first"


async def test_computing_the_etag_of_a_large_response_does_not_block_the_event_loop() -> None:
    async def count_iterations(size: int) -> int:
        count = 0

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            headers = [(b"content-length", b"%d" % size)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"x" * size})

        async def receive() -> Any: ...

        async def send(message: Any) -> None:
            assert message.get("headers", [(b"etag", b"")])[-1][0] == b"etag"

        async def iterate() -> None:
            nonlocal count
            while True:
                await asyncio.sleep(0)
                count += 1

        iterating = asyncio.create_task(iterate())
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await Conditional(app)(scope, receive, send)
        iterating.cancel()
        return count

    assert await count_iterations(OFF_LOOP - 1) == 0
    assert await count_iterations(OFF_LOOP) > 0


async def test_if_none_match_may_be_a_list(client: httpx.AsyncClient) -> None:
    etag = await etag_of(client)
    strong = etag.removeprefix("W/")
    for etags in (strong, f'"other", {etag}', f'{strong},W/"x"', "*", f'"a,b",{etag}'):
        assert await status_if_none_match(client, "/", etags) == 304, etags
    for etags in ('"other"', "", strong.strip('"'), f'{strong[:-1]}x"', '"*"', '"', "W/", "**"):
        assert await status_if_none_match(client, "/", etags) == 200, etags


@pytest.mark.parametrize(
    ("header", "etag", "found"),
    [
        (b'"a"', b'"a"', True),
        (b'W/"a"', b'"a"', True),
        (b'"a"', b'W/"a"', True),
        (b'"a", "b"', b'W/"b"', True),
        (b'"a,"b""', b'"b"', False),
        (b'"a" "b"', b'"c"', False),
        (b'""', b'""', True),
    ],
)
def test_etags_are_compared_weakly(header: bytes, etag: bytes, found: bool) -> None:
    assert matches(header, etag) is found


async def test_an_etag_set_by_the_endpoint_is_kept(client: httpx.AsyncClient) -> None:
    assert await etag_of(client, "/own") == '"own"'
    assert await status_if_none_match(client, "/own", 'W/"own"') == 304
    assert await status_if_none_match(client, "/own", '"other"') == 200


async def test_head_has_the_etag_of_get(client: httpx.AsyncClient) -> None:
    for path in ("/", "/own", "/file"):
        etag = await etag_of(client, path)
        assert (await client.head(path)).headers["etag"] == etag
    assert await status_if_none_match(client, "/", await etag_of(client), "HEAD") == 304


async def test_a_304_keeps_the_headers_that_caches_need(client: httpx.AsyncClient) -> None:
    first = await client.get("/full")
    response = await client.get("/full", headers={"If-None-Match": "*"})
    assert response.status_code == 304
    for name in (
        "cache-control",
        "content-location",
        "date",
        "etag",
        "expires",
        "vary",
        "access-control-allow-origin",
    ):
        assert response.headers.get_list(name) == first.headers.get_list(name) != []
    assert not {"content-length", "content-type", "content-language"} & set(response.headers)


async def test_a_connection_is_reused_after_a_304(url: str) -> None:
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=url, limits=limits) as client:
        for _ in range(3):
            assert (await client.get("/", headers={"If-None-Match": "*"})).status_code == 304
            assert (await client.get("/")).content == b"first"


@pytest.mark.parametrize(
    "path", ["/unstored", "/created", "/missing", "/kept-missing", "/stream", "/cookie"]
)
async def test_errors_streams_and_uncacheable_responses_have_no_etag(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(path, headers={"If-None-Match": "*"})
    assert response.status_code != 304
    assert response.content == b"first"
    assert "etag" not in response.headers


async def test_a_private_response_has_an_etag(client: httpx.AsyncClient) -> None:
    assert await status_if_none_match(client, "/private", await etag_of(client, "/private")) == 304


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_write_ignores_if_none_match(client: httpx.AsyncClient, method: str) -> None:
    for path in ("/", "/kept"):
        response = await client.request(method, path, headers={"If-None-Match": "*"})
        assert response.status_code == 200
        assert "etag" not in response.headers


async def test_a_file_is_always_sent_with_its_own_etag(client: httpx.AsyncClient) -> None:
    etag = await etag_of(client, "/file")
    assert not etag.startswith("W/")
    response = await client.get("/file", headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert response.content == FILE


async def test_the_headers_of_a_stream_are_sent_before_its_first_chunk(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    async with client.stream("GET", "/gated") as response:
        assert response.headers["content-type"] == "application/json"
        app.state.gate.set()
        assert await response.aread() == b"late"


async def test_head_has_no_etag_if_the_endpoint_produces_no_body(client: httpx.AsyncClient) -> None:
    response = await client.head("/unmade")
    assert response.headers["content-length"] == "5"
    assert "etag" not in response.headers
