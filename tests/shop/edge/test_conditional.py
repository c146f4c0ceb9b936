"""What the client has already is not sent again."""

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


def make_tagging_app(directory: Path) -> FastAPI:
    app = make_app(Middleware(Conditional))
    app.state.body = b"first"
    app.state.gate = threading.Event()
    file = directory / "file.txt"
    file.write_bytes(FILE)

    def answer(path: str, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def endpoint(_: Any) -> Response:
            return Response(app.state.body, status, named, "application/json")

        app.router.routes.append(Route(path, endpoint, methods=["GET", "POST", "PUT"]))

    answer("/")
    answer("/own", etag='"own"')
    answer("/unstored", cache_control="private, no-store")
    answer("/private", cache_control="private, max-age=60")
    answer("/created", 201)
    answer("/missing", 404)
    answer("/kept-missing", 404, cache_control="max-age=60")
    answer("/kept", cache_control="max-age=60")
    answer(
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
        async def pieces() -> AsyncIterator[bytes]:
            yield app.state.body

        return StreamingResponse(pieces(), media_type="application/json")

    @app.get("/gated")
    async def gated() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            assert await asyncio.to_thread(app.state.gate.wait, 5)
            yield b"late"

        return StreamingResponse(pieces(), media_type="application/json")

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
    return make_tagging_app(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    with serve(app) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def tag_of(client: httpx.AsyncClient, path: str = "/") -> str:
    tag = (await client.get(path)).headers["etag"]
    assert isinstance(tag, str)
    return tag


async def status(client: httpx.AsyncClient, path: str, wanted: str, method: str = "GET") -> int:
    answer = await client.request(method, path, headers={"If-None-Match": wanted})
    assert (answer.status_code == 304) <= (answer.content == b"")
    return answer.status_code


async def test_the_same_answer_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = await tag_of(client)
    assert tag.startswith('W/"')
    assert await tag_of(client) == tag
    assert await status(client, "/", tag) == 304


async def test_another_answer_is(app: FastAPI, client: httpx.AsyncClient) -> None:
    tag = await tag_of(client)
    app.state.body = b"other"
    answer = await client.get("/", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.content == b"other"
    assert answer.headers["etag"] != tag
    app.state.body = b"first"


async def test_others_are_answered_while_the_tag_of_a_large_answer_is_made() -> None:
    async def count_turns(size: int) -> int:
        turns = 0

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            headers = [(b"content-length", b"%d" % size)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"x" * size})

        async def receive() -> Any: ...

        async def send(message: Any) -> None:
            assert message.get("headers", [(b"etag", b"")])[-1][0] == b"etag"

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        other = asyncio.create_task(count())
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await Conditional(app)(scope, receive, send)
        other.cancel()
        return turns

    assert await count_turns(OFF_LOOP - 1) == 0
    assert await count_turns(OFF_LOOP) > 0


async def test_the_header_may_be_a_list(client: httpx.AsyncClient) -> None:
    tag = await tag_of(client)
    strong = tag.removeprefix("W/")
    for wanted in (strong, f'"other", {tag}', f'{strong},W/"x"', "*", f'"a,b",{tag}'):
        assert await status(client, "/", wanted) == 304, wanted
    for wanted in ('"other"', "", strong.strip('"'), f'{strong[:-1]}x"', '"*"', '"', "W/", "**"):
        assert await status(client, "/", wanted) == 200, wanted


@pytest.mark.parametrize(
    ("header", "tag", "found"),
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
def test_tags_are_compared_weakly(header: bytes, tag: bytes, found: bool) -> None:
    assert matches(header, tag) is found


async def test_a_tag_of_the_endpoints_own_is_kept(client: httpx.AsyncClient) -> None:
    assert await tag_of(client, "/own") == '"own"'
    assert await status(client, "/own", 'W/"own"') == 304
    assert await status(client, "/own", '"other"') == 200


async def test_head_has_the_tag_of_get(client: httpx.AsyncClient) -> None:
    for path in ("/", "/own", "/file"):
        tag = await tag_of(client, path)
        assert (await client.head(path)).headers["etag"] == tag
    assert await status(client, "/", await tag_of(client), "HEAD") == 304


async def test_a_304_keeps_what_caches_need(client: httpx.AsyncClient) -> None:
    first = await client.get("/full")
    answer = await client.get("/full", headers={"If-None-Match": "*"})
    assert answer.status_code == 304
    for name in (
        "cache-control",
        "content-location",
        "date",
        "etag",
        "expires",
        "vary",
        "access-control-allow-origin",
    ):
        assert answer.headers.get_list(name) == first.headers.get_list(name) != []
    assert not {"content-length", "content-type", "content-language"} & set(answer.headers)


async def test_the_connection_goes_on_after_a_304(url: str) -> None:
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=url, limits=limits) as client:
        for _ in range(3):
            assert (await client.get("/", headers={"If-None-Match": "*"})).status_code == 304
            assert (await client.get("/")).content == b"first"


@pytest.mark.parametrize(
    "path", ["/unstored", "/created", "/missing", "/kept-missing", "/stream", "/cookie"]
)
async def test_what_has_no_tag(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"If-None-Match": "*"})
    assert answer.status_code != 304
    assert answer.content == b"first"
    assert "etag" not in answer.headers


async def test_what_only_the_client_may_keep_has_one(client: httpx.AsyncClient) -> None:
    assert await status(client, "/private", await tag_of(client, "/private")) == 304


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_write_is_always_answered(client: httpx.AsyncClient, method: str) -> None:
    for path in ("/", "/kept"):
        answer = await client.request(method, path, headers={"If-None-Match": "*"})
        assert answer.status_code == 200
        assert "etag" not in answer.headers


async def test_a_file_is_a_stream_with_a_tag_of_its_own(client: httpx.AsyncClient) -> None:
    tag = await tag_of(client, "/file")
    assert not tag.startswith("W/")
    answer = await client.get("/file", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.content == FILE


async def test_the_headers_of_a_stream_do_not_wait_for_its_first_piece(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    async with client.stream("GET", "/gated") as answer:
        assert answer.headers["content-type"] == "application/json"
        app.state.gate.set()
        assert await answer.aread() == b"late"


async def test_a_body_that_head_did_not_make_has_no_tag(client: httpx.AsyncClient) -> None:
    answer = await client.head("/unmade")
    assert answer.headers["content-length"] == "5"
    assert "etag" not in answer.headers
