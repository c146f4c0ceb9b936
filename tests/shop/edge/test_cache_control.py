"""Which responses a cache may store."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Response
from starlette.middleware import Middleware

from app.shop.edge.conditional import Conditional
from app.shop.errors import NotFound
from tests.shop.edge.serving import make_app


def make_app_with_all_kinds() -> FastAPI:
    app = make_app(Middleware(Conditional))

    async def read() -> str:
        return "anything"

    for path in (
        "/api/products/1",
        "/api/menus",
        "/api/me",
        "/api/me/orders",
        "/api/dashboard",
        "/api/auth/keys",
        "/healthz",
        "/readyz",
    ):
        app.get(path)(read)
    app.post("/api/products/1")(read)

    @app.get("/cookie")
    async def cookie(response: Response) -> None:
        response.set_cookie("a", "1")

    @app.get("/own")
    async def own(response: Response) -> None:
        response.headers["Cache-Control"] = "public, max-age=60"

    @app.get("/missing")
    async def missing() -> None:
        raise NotFound("product", 1)

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app_with_all_kinds())
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "control"),
    [
        ("/api/products/1", "no-cache"),
        ("/api/menus", "no-cache"),
        ("/api/me", "no-store"),
        ("/api/me/orders", "no-store"),
        ("/api/dashboard", "no-store"),
        ("/api/auth/keys", "no-store"),
        ("/healthz", "no-store"),
        ("/readyz", "no-store"),
        ("/cookie", "no-store"),
        ("/missing", "no-store"),
        ("/nowhere", "no-store"),
        ("/own", "public, max-age=60"),
    ],
)
async def test_cache_control_and_etag_depend_on_the_resource(
    client: httpx.AsyncClient, path: str, control: str
) -> None:
    response = await client.get(path)
    assert response.headers.get_list("cache-control") == [control]
    assert ("etag" in response.headers) is (control != "no-store")


async def test_the_response_to_a_request_with_a_token_is_not_stored(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Authorization": "Bearer token", "If-None-Match": "*"}
    response = await client.get("/api/products/1", headers=headers)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_the_response_to_a_write_is_not_stored(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/products/1")
    assert response.headers["cache-control"] == "no-store"
