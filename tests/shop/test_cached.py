"""Cached responses, and the URL cache that serves repeated requests before routing."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.shop import create_app, url_cache
from app.shop.cache import MemoryCache
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import CacheDep
from app.shop.errors import DatabaseUnavailable, NotFound
from app.shop.settings import Settings
from app.shop.url_cache import UrlCache
from tests.shop.conftest import client_of


class Things:
    """An endpoint that counts its calls and the calls of its query."""

    def __init__(self, *, route_class: type[APIRoute] = CachedRoute) -> None:
        self.calls = self.queries = 0
        self.broken = False
        self.router = APIRouter(route_class=route_class)

        @self.router.get("/things/{number:int}")
        async def get_thing(cache: CacheDep, number: int, size: int = 1) -> CachedResponse:
            self.calls += 1
            key = f"thing:{number}:{size}"
            return CachedResponse(
                cache, key, ["things"], self._query(number, size), NotFound("thing", number)
            )

        @self.router.post("/things/{number:int}")
        async def write_thing(number: int) -> dict[str, int]:
            return {"written": number}

    def _query(self, number: int, size: int) -> Callable[[], Awaitable[str | None]]:
        async def query() -> str | None:
            self.queries += 1
            if self.broken:
                raise DatabaseUnavailable("gone")
            return f'{{"number":{number},"size":{size}}}' if number else None

        return query


def shop(settings: Settings, things: Things) -> FastAPI:
    return create_app(settings, routers=[things.router], cache=MemoryCache(60))


async def test_a_repeated_request_calls_neither_the_endpoint_nor_its_query_again(
    settings: Settings,
) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        first, second = [await client.get("/api/things/3") for _ in range(2)]
    assert first.json() == {"number": 3, "size": 1}
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers == first.headers
    assert (things.calls, things.queries) == (1, 1)


async def test_an_ordinary_route_calls_its_endpoint_every_time(settings: Settings) -> None:
    things = Things(route_class=APIRoute)
    async with client_of(shop(settings, things)) as client:
        for _ in range(2):
            await client.get("/api/things/3")
    assert (things.calls, things.queries) == (2, 1)


async def test_different_urls_have_different_responses(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        paths = ("/api/things/3", "/api/things/3?size=2", "/api/things/4", "/api/things/3?size=x")
        responses = [await client.get(path) for path in (*paths, *paths)]
    assert [response.status_code for response in responses] == [200, 200, 200, 422] * 2
    assert [response.json() for response in responses[:3]] == [
        {"number": 3, "size": 1},
        {"number": 3, "size": 2},
        {"number": 4, "size": 1},
    ]
    assert [response.content for response in responses[4:]] == [
        response.content for response in responses[:4]
    ]


async def test_dropping_a_response_repeats_its_query_but_not_the_endpoint(
    settings: Settings,
) -> None:
    things = Things()
    app = shop(settings, things)
    async with client_of(app) as client:
        await client.get("/api/things/3")
        await app.state.cache.drop(["things"])
        await client.get("/api/things/3")
    assert (things.calls, things.queries) == (1, 2)


async def test_a_404_is_repeated_without_another_query(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        responses = [await client.get("/api/things/0") for _ in range(3)]
    assert [response.status_code for response in responses] == [404] * 3
    assert responses[2].json()["detail"] == "There is no thing 0."
    assert things.queries == 1


async def test_a_stored_url_is_503_if_the_database_is_unavailable(settings: Settings) -> None:
    things = Things()
    app = shop(settings, things)
    async with client_of(app) as client:
        assert (await client.get("/api/things/3")).status_code == 200
        await app.state.cache.drop(["things"])
        things.broken = True
        response = await client.get("/api/things/3")
    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "application/problem+json",
    )


async def test_other_methods_are_not_served_from_the_url_cache(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        await client.get("/api/things/3")
        assert (await client.post("/api/things/3")).json() == {"written": 3}
        assert (await client.delete("/api/things/3")).status_code == 405


async def test_two_applications_with_the_same_router_do_not_share_responses(
    settings: Settings,
) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as one, client_of(shop(settings, things)) as other:
        await one.get("/api/things/3")
        await other.get("/api/things/3")
    assert (things.calls, things.queries) == (2, 2)


async def test_the_number_of_stored_urls_is_limited(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(url_cache, "MAX_URLS", 5)
    app = shop(settings, Things())
    async with client_of(app) as client:
        for number in range(1, 20):
            await client.get(f"/api/things/{number}")
        assert len(app.state.url_cache.responses) == 5


async def test_the_cached_reads_of_the_shop_are_stored_by_url(settings: Settings) -> None:
    paths = [
        "/api/products?limit=5",
        "/api/products/1",
        "/api/products/search?q=heart",
        "/api/categories",
        "/api/categories/1/products",
        "/api/posts?limit=5",
        "/api/posts/1",
        "/api/users?limit=5",
        "/api/orders?limit=5",
        "/api/orders/1",
        "/api/reports/sales?country=Iceland",
    ]
    app = create_app(settings)
    async with client_of(app) as client:
        for path in (*paths, "/api/users/1"):
            assert (await client.get(path)).status_code == 200
    assert len(app.state.url_cache.responses) == len(paths)


def test_the_routes_of_the_shop_are_not_nested_in_routers(settings: Settings) -> None:
    """Paths of an included router are matched twice: to find the router and to find the route."""
    first, *others = create_app(settings).routes
    assert isinstance(first, UrlCache)
    assert all(isinstance(route, Route) for route in others)


async def test_a_stored_response_puts_its_route_into_the_scope(settings: Settings) -> None:
    """Middleware that counts or traces by route relies on it."""
    things = Things()
    app = shop(settings, things)
    matches = []

    async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        matches.append([scope.get(name) for name in ("endpoint", "route", "path_params")])

    async with client_of(app):
        transport = httpx.ASGITransport(recorded)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            for _ in range(2):
                await client.get("/api/things/3")
    assert matches[0] == matches[1]
    assert matches[0][2] == {"number": 3}
