"""Who may keep an answer."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Response
from starlette.middleware import Middleware

from app.shop.edge.conditional import Conditional
from app.shop.errors import NotFound
from tests.shop.edge.serving import make_app


def make_app_of_all_kinds() -> FastAPI:
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
    transport = httpx.ASGITransport(make_app_of_all_kinds())
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
async def test_by_what_is_answered(client: httpx.AsyncClient, path: str, control: str) -> None:
    answer = await client.get(path)
    assert answer.headers.get_list("cache-control") == [control]
    assert ("etag" in answer.headers) is (control != "no-store")


async def test_what_is_asked_with_a_token_is_for_one_person(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer token", "If-None-Match": "*"}
    answer = await client.get("/api/products/1", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_the_answer_to_a_write_is_not_kept(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/products/1")
    assert answer.headers["cache-control"] == "no-store"
