"""HEAD is answered wherever GET is, and ``Allow`` names every method of a path."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, StreamingResponse

from app.lab.wire import Ledger, Observed, install_taps
from app.shop import create_app
from app.shop.database import Database
from app.shop.export import response
from app.shop.methods import METHODS
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.edge.serving import serve
from tests.shop.test_errors import assert_problem

EXPORT = "/api/export/order-lines"

ENDPOINTS = [
    "/healthz",
    "/readyz",
    "/api/products?limit=200",
    "/api/products/1",
    "/api/products/search?q=heart",
    "/api/categories",
    "/api/categories/1/products",
    "/api/users?limit=200",
    "/api/users/1",
    "/api/me",
    "/api/posts",
    "/api/posts/1",
    "/api/orders",
    "/api/orders/1",
    "/api/dashboard",
    "/api/reports/sales",
    "/docs",
    "/openapi.json",
]
PROBLEMS = [
    "/api/products/2147483647",
    "/api/products?limit=0",
    "/api/categories/2147483647/products",
    "/nowhere",
]


def methods_of_paths() -> dict[str, set[str]]:
    """By the API's own description."""
    paths = create_app(Settings()).openapi()["paths"]
    return {
        path.replace("{", "").replace("}", ""): {method.upper() for method in operations}
        for path, operations in paths.items()
    }


PATHS = {
    "/".join("1" if part.endswith("_id") else part for part in path.split("/")): methods
    for path, methods in methods_of_paths().items()
}


@pytest.fixture(scope="module")
def url(database_url: str) -> Iterator[str]:
    """Not the one that all tests share: some of them kill its connections to PostgreSQL."""
    with serve(create_app(Settings(database_url=database_url, pool_size=2))) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """One connection: what is left of an answer would be taken for the beginning of the next."""
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=url, limits=limits) as client:
        client.headers.update(bearer(1))
        yield client


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """Without those that the server adds to what it sends."""
    added = ("date", "transfer-encoding")
    return {name: value for name, value in answer.headers.items() if name not in added}


@pytest.mark.parametrize("path", [*ENDPOINTS, *PROBLEMS])
async def test_head_has_the_headers_of_get_and_no_body(
    client: httpx.AsyncClient, path: str
) -> None:
    client.headers["accept-encoding"] = "identity"
    got = await client.get(path)
    head = await client.head(path)
    assert head.status_code == got.status_code
    assert headers_of(head) == headers_of(got)
    assert int(head.headers["content-length"]) == len(got.content)
    assert head.content == b""
    assert (await client.get(path)).content == got.content


@pytest.mark.parametrize("path", ["/api/products/1", "/api/products?limit=200"])
async def test_head_of_what_is_compressed(client: httpx.AsyncClient, path: str) -> None:
    """How long the compressed answer would be, only who compresses it knows."""
    client.headers["accept-encoding"] = "gzip"
    client.headers.pop("authorization")
    got, head = await client.get(path), await client.head(path)
    assert head.content == b""
    for name in ("etag", "vary", "cache-control", "content-type"):
        assert head.headers[name] == got.headers[name]
    known = {"If-None-Match": head.headers["etag"]}
    for method in ("GET", "HEAD"):
        assert (await client.request(method, path, headers=known)).status_code == 304


def test_all_endpoints_that_read_are_tried() -> None:
    tried = {path.partition("?")[0] for path in ENDPOINTS}
    assert {path for path, methods in PATHS.items() if "GET" in methods} - tried == {EXPORT}


@pytest.mark.parametrize("path", [path for path, methods in PATHS.items() if "GET" not in methods])
async def test_there_is_no_head_where_there_is_no_get(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.head(path)
    assert answer.status_code == 405
    assert "HEAD" not in answer.headers["allow"]


@pytest.fixture
def observed_url(settings: Settings, database: Database) -> Iterator[tuple[str, Ledger]]:
    install_taps()
    ledger = Ledger()
    with serve(Observed(create_app(settings, database=database), ledger)) as url:
        yield url, ledger


async def test_head_of_a_stream_reads_no_more_than_its_beginning(
    observed_url: tuple[str, Ledger], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ledger = observed_url
    written: list[int] = []
    write = response._Body.write

    async def noted(body: response._Body, data: bytes) -> None:
        written.append(len(data))
        await write(body, data)

    monkeypatch.setattr(response._Body, "write", noted)
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        client.headers["accept-encoding"] = "identity"
        head = await client.head(EXPORT)
        # By the time of the next answer on its connection, the one before is in the books.
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        of_head, (*before, last) = ledger.total.sql_bytes, tuple(written)
        got = await client.get(EXPORT)
        await client.get("/healthz")
        of_get = ledger.total.sql_bytes - of_head
    assert head.status_code == got.status_code == 200
    assert headers_of(head) == headers_of(got)
    assert len(got.content) > 2_000_000
    # It was given up as soon as there was a chunk to send.
    assert sum(before) < response.CHUNK <= sum(before) + last
    # PostgreSQL sends more until it hears of the end. How much depends on who is quicker.
    assert sum(before) + last <= of_head < of_get
    assert database.engine.sync_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_head_of_a_stream_ends_when_the_stream_has(
    observed_url: tuple[str, Ledger],
) -> None:
    """One export runs at a time here, so each of them finds that the one before is over."""
    async with httpx.AsyncClient(base_url=observed_url[0], timeout=60) as client:
        statuses = [(await client.head(EXPORT)).status_code for _ in range(10)]
    assert statuses == [200] * 10


@pytest.mark.parametrize("kind", ["lines", "chunks", "file"])
async def test_head_of_any_stream(settings: Settings, kind: str) -> None:
    router = APIRouter()
    made: list[int] = []

    async def numbers() -> AsyncIterator[str]:
        for number in range(100):
            made.append(number)
            yield f"{number}\n"

    @router.get("/lines")
    async def lines() -> AsyncIterator[str]:
        async for line in numbers():
            yield line

    @router.get("/chunks")
    async def chunks() -> Response:
        return StreamingResponse(numbers(), media_type="text/plain")

    @router.get("/file")
    async def file() -> Response:
        return FileResponse(__file__, media_type="text/plain")

    with serve(create_app(settings, routers=[router])) as url:
        async with httpx.AsyncClient(base_url=f"{url}/api") as client:
            head = await client.head(kind)
            of_head = len(made)
            got = await client.get(kind)
    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    if kind != "file":
        assert of_head < 10
        assert len(made) == of_head + 100


@pytest.mark.parametrize("path", PATHS)
async def test_allow_names_every_method_of_a_path(client: httpx.AsyncClient, path: str) -> None:
    there = PATHS[path] | ({"HEAD"} if "GET" in PATHS[path] else set())
    missing = [method for method in (*METHODS, "OPTIONS") if method not in there]
    assert missing
    for method in missing:
        answer = await client.request(method, path)
        assert_problem(answer, 405)
        assert sorted(answer.headers["allow"].split(", ")) == sorted(there)


async def test_allow_names_what_is_laid_over_the_shop(settings: Settings) -> None:
    router = APIRouter()

    @router.put("/products/{product_id:int}")
    async def replace(product_id: int) -> int:
        return product_id

    @router.get("/auth/login")
    async def look() -> None: ...

    async with client_of(create_app(settings, routers=[router])) as client:
        one = await client.post("/api/products/1")
        login = await client.delete("/api/auth/login")
        assert (await client.head("/api/auth/login")).status_code == 200
    assert one.headers["allow"] == "GET, HEAD, PUT, PATCH, DELETE"
    assert login.headers["allow"] == "GET, HEAD, POST"


def test_the_description_lists_no_head() -> None:
    assert not any("HEAD" in methods for methods in PATHS.values())
