"""HEAD is supported wherever GET is, and ``Allow`` lists every method of a path."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, StreamingResponse

from app.lab.wire import Ledger, Observed, install_taps
from app.shop import create_app
from app.shop.database import Database
from app.shop.export import response as response_module
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
    """The methods of each path in the OpenAPI document."""
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
    """A server for this module, because tests terminate connections of the shared one."""
    with serve(create_app(Settings(database_url=database_url, pool_size=2))) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """It uses one connection, on which unread bytes of a response would corrupt the next one."""
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=url, limits=limits) as client:
        client.headers.update(bearer(1))
        yield client


def headers_of(response: httpx.Response) -> dict[str, str]:
    """The headers without those that the server adds when it sends a response."""
    added = ("date", "transfer-encoding")
    return {name: value for name, value in response.headers.items() if name not in added}


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
async def test_head_of_a_compressed_response_has_the_headers_of_get(
    client: httpx.AsyncClient, path: str
) -> None:
    """Except ``Content-Length``, which is known only after compressing the body."""
    client.headers["accept-encoding"] = "gzip"
    client.headers.pop("authorization")
    got, head = await client.get(path), await client.head(path)
    assert head.content == b""
    for name in ("etag", "vary", "cache-control", "content-type"):
        assert head.headers[name] == got.headers[name]
    known = {"If-None-Match": head.headers["etag"]}
    for method in ("GET", "HEAD"):
        assert (await client.request(method, path, headers=known)).status_code == 304


def test_every_endpoint_with_get_is_covered() -> None:
    covered = {path.partition("?")[0] for path in ENDPOINTS}
    assert {path for path, methods in PATHS.items() if "GET" in methods} - covered == {EXPORT}


@pytest.mark.parametrize("path", [path for path, methods in PATHS.items() if "GET" not in methods])
async def test_head_is_not_allowed_where_get_is_not(client: httpx.AsyncClient, path: str) -> None:
    response = await client.head(path)
    assert response.status_code == 405
    assert "HEAD" not in response.headers["allow"]


@pytest.fixture
def observed_url(settings: Settings, database: Database) -> Iterator[tuple[str, Ledger]]:
    install_taps()
    ledger = Ledger()
    with serve(Observed(create_app(settings, database=database), ledger)) as url:
        yield url, ledger


async def test_head_of_an_export_stops_after_the_first_chunk(
    observed_url: tuple[str, Ledger], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ledger = observed_url
    written: list[int] = []
    write = response_module._Body.write

    async def recorded(body: response_module._Body, data: bytes) -> None:
        written.append(len(data))
        await write(body, data)

    monkeypatch.setattr(response_module._Body, "write", recorded)
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        client.headers["accept-encoding"] = "identity"
        head = await client.head(EXPORT)
        # Once the next response arrives on the same connection, the previous one has been counted.
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        of_head, (*before, last) = ledger.total.sql_bytes, tuple(written)
        got = await client.get(EXPORT)
        await client.get("/healthz")
        of_get = ledger.total.sql_bytes - of_head
    assert head.status_code == got.status_code == 200
    assert headers_of(head) == headers_of(got)
    assert len(got.content) > 2_000_000
    # It was cancelled as soon as there was a chunk to send.
    assert sum(before) < response_module.CHUNK <= sum(before) + last
    # PostgreSQL sends more until the cancellation reaches it. How much more varies.
    assert sum(before) + last <= of_head < of_get
    assert database.engine.sync_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_head_of_an_export_releases_its_slot_before_it_ends(
    observed_url: tuple[str, Ledger],
) -> None:
    """Only one export may run at a time here, so each request needs the slot of the last one."""
    async with httpx.AsyncClient(base_url=observed_url[0], timeout=60) as client:
        statuses = [(await client.head(EXPORT)).status_code for _ in range(10)]
    assert statuses == [200] * 10


@pytest.mark.parametrize("kind", ["lines", "chunks", "file"])
async def test_head_stops_any_streaming_response_early(settings: Settings, kind: str) -> None:
    router = APIRouter()
    produced: list[int] = []

    async def numbers() -> AsyncIterator[str]:
        for number in range(100):
            produced.append(number)
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
            of_head = len(produced)
            got = await client.get(kind)
    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    if kind != "file":
        assert of_head < 10
        assert len(produced) == of_head + 100


@pytest.mark.parametrize("path", PATHS)
async def test_allow_lists_every_method_of_a_path(client: httpx.AsyncClient, path: str) -> None:
    allowed = PATHS[path] | ({"HEAD"} if "GET" in PATHS[path] else set())
    missing = [method for method in (*METHODS, "OPTIONS") if method not in allowed]
    assert missing
    for method in missing:
        response = await client.request(method, path)
        assert_problem(response, 405)
        assert sorted(response.headers["allow"].split(", ")) == sorted(allowed)


async def test_allow_lists_the_methods_of_an_overlay(settings: Settings) -> None:
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


def test_openapi_does_not_list_head() -> None:
    assert not any("HEAD" in methods for methods in PATHS.values())
