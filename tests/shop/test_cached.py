"""Answers that are cached, and the short way to them for a URL that was asked for already."""

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
    """An endpoint that counts how often it is called, and its query too."""

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


async def test_an_answer_is_made_once_and_its_endpoint_is_called_once(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        first, second = [await client.get("/api/things/3") for _ in range(2)]
    assert first.json() == {"number": 3, "size": 1}
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers == first.headers
    assert (things.calls, things.queries) == (1, 1)


async def test_a_plain_route_calls_its_endpoint_each_time(settings: Settings) -> None:
    things = Things(route_class=APIRoute)
    async with client_of(shop(settings, things)) as client:
        for _ in range(2):
            await client.get("/api/things/3")
    assert (things.calls, things.queries) == (2, 1)


async def test_another_url_is_another_answer(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        paths = ("/api/things/3", "/api/things/3?size=2", "/api/things/4", "/api/things/3?size=x")
        seen = [await client.get(path) for path in (*paths, *paths)]
    assert [answer.status_code for answer in seen] == [200, 200, 200, 422] * 2
    assert [answer.json() for answer in seen[:3]] == [
        {"number": 3, "size": 1},
        {"number": 3, "size": 2},
        {"number": 4, "size": 1},
    ]
    assert [answer.content for answer in seen[4:]] == [answer.content for answer in seen[:4]]


async def test_a_dropped_answer_is_made_anew(settings: Settings) -> None:
    things = Things()
    app = shop(settings, things)
    async with client_of(app) as client:
        await client.get("/api/things/3")
        await app.state.cache.drop(["things"])
        await client.get("/api/things/3")
    assert (things.calls, things.queries) == (1, 2)


async def test_what_is_missing_is_said_each_time(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        seen = [await client.get("/api/things/0") for _ in range(3)]
    assert [answer.status_code for answer in seen] == [404] * 3
    assert seen[2].json()["detail"] == "There is no thing 0."
    assert things.queries == 1


async def test_a_known_url_with_a_database_that_has_gone_is_a_503(settings: Settings) -> None:
    things = Things()
    app = shop(settings, things)
    async with client_of(app) as client:
        assert (await client.get("/api/things/3")).status_code == 200
        await app.state.cache.drop(["things"])
        things.broken = True
        answer = await client.get("/api/things/3")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_another_method_is_not_answered_from_memory(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as client:
        await client.get("/api/things/3")
        assert (await client.post("/api/things/3")).json() == {"written": 3}
        assert (await client.delete("/api/things/3")).status_code == 405


async def test_two_applications_with_the_same_router_keep_their_own(settings: Settings) -> None:
    things = Things()
    async with client_of(shop(settings, things)) as one, client_of(shop(settings, things)) as other:
        await one.get("/api/things/3")
        await other.get("/api/things/3")
    assert (things.calls, things.queries) == (2, 2)


async def test_only_so_many_urls_are_remembered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(url_cache, "MAX_URLS", 5)
    app = shop(settings, Things())
    async with client_of(app) as client:
        for number in range(1, 20):
            await client.get(f"/api/things/{number}")
        assert len(app.state.url_cache.responses) == 5


async def test_the_shops_cached_reads_are_remembered(settings: Settings) -> None:
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


def test_no_router_of_the_shop_is_included(settings: Settings) -> None:
    """Its paths would be compared twice: to find the router, and to find the route."""
    first, *others = create_app(settings).routes
    assert isinstance(first, UrlCache)
    assert all(isinstance(route, Route) for route in others)


async def test_a_remembered_answer_says_which_route_it_is_from(settings: Settings) -> None:
    """For those around it, who count and trace by route."""
    things = Things()
    app = shop(settings, things)
    seen = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        seen.append([scope.get(name) for name in ("endpoint", "route", "path_params")])

    async with client_of(app):
        transport = httpx.ASGITransport(watched)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            for _ in range(2):
                await client.get("/api/things/3")
    assert seen[0] == seen[1]
    assert seen[0][2] == {"number": 3}
