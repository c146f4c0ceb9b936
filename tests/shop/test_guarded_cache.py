"""Authorization on a cached GET is checked for every request, however it is declared."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Cookie, Depends, FastAPI, Header, HTTPException, Request, Security
from fastapi.requests import HTTPConnection
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from app.shop import create_app
from app.shop.accounts.authorization import CurrentUser, requires
from app.shop.application import add_flat
from app.shop.cache import Cache, MemoryCache
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import CacheDep, get_cache
from app.shop.errors import answer_with_problems
from app.shop.settings import Settings
from app.shop.url_cache import UrlCache
from tests.shop.auth import bearer
from tests.shop.edge.serving import serve

AUTHORIZED = {**bearer(1, "secrets:read"), "Cookie": "session=known"}
SECRET = "/api/secret/1"


async def secret_query() -> str:
    return '"secret"'


def secret(cache: Cache, number: int = 1) -> CachedResponse:
    return CachedResponse(cache, f"secret:{number}", ["secrets"], secret_query)


async def get_secret(cache: CacheDep, number: int) -> CachedResponse:
    return secret(cache, number)


def check(value: str | None) -> None:
    if value is None:
        raise HTTPException(401)


async def by_header(authorization: Annotated[str | None, Header()] = None) -> None:
    check(authorization)


async def by_nested_header(_: Annotated[None, Depends(by_header)], size: int = 1) -> int:
    return size


def router_of(endpoint: Callable[..., Any] = get_secret, **options: Any) -> APIRouter:
    """A router with ``endpoint`` as its only, cached, route."""
    router = APIRouter(route_class=options.pop("route_class", CachedRoute))
    router.get("/secret/{number:int}", response_model=None, **options)(endpoint)
    return router


def decorator() -> APIRouter:
    return router_of(dependencies=[requires("secrets:read")])


def parameter() -> APIRouter:
    async def endpoint(cache: CacheDep, user: CurrentUser) -> CachedResponse:
        return secret(cache, user.id)

    return router_of(endpoint)


def header() -> APIRouter:
    async def endpoint(
        cache: CacheDep, authorization: Annotated[str | None, Header()] = None
    ) -> CachedResponse:
        check(authorization)
        return secret(cache)

    return router_of(endpoint)


def cookie() -> APIRouter:
    async def endpoint(
        cache: CacheDep, session: Annotated[str | None, Cookie()] = None
    ) -> CachedResponse:
        check(session)
        return secret(cache)

    return router_of(endpoint)


def request() -> APIRouter:
    async def endpoint(cache: CacheDep, request: Request) -> CachedResponse:
        check(request.headers.get("authorization"))
        return secret(cache)

    return router_of(endpoint)


def connection() -> APIRouter:
    async def endpoint(cache: CacheDep, connection: HTTPConnection) -> CachedResponse:
        check(connection.headers.get("authorization"))
        return secret(cache)

    return router_of(endpoint)


def security() -> APIRouter:
    return router_of(dependencies=[Security(by_header)])


def nested_dependency() -> APIRouter:
    async def endpoint(
        cache: CacheDep, size: Annotated[int, Depends(by_nested_header)]
    ) -> CachedResponse:
        return secret(cache, size)

    return router_of(endpoint)


def router_dependency() -> APIRouter:
    router = APIRouter(route_class=CachedRoute, dependencies=[requires("secrets:read")])
    router.get("/secret/{number:int}", response_model=None)(get_secret)
    return router


def outer_router_dependency() -> APIRouter:
    outer = APIRouter(dependencies=[requires("secrets:read")])
    outer.include_router(router_of())
    return outer


def inclusion_dependency() -> APIRouter:
    outer = APIRouter()
    outer.include_router(router_of(), dependencies=[requires("secrets:read")])
    return outer


def route_subclass() -> APIRouter:
    class Guarded(CachedRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                check(request.headers.get("authorization"))
                return await handler(request)

            return guarded

    return router_of(route_class=Guarded)


ROUTERS = (
    decorator,
    parameter,
    header,
    cookie,
    request,
    connection,
    security,
    nested_dependency,
    router_dependency,
    outer_router_dependency,
    inclusion_dependency,
    route_subclass,
)


def shop(settings: Settings, *routers: APIRouter) -> FastAPI:
    return create_app(settings, routers=routers, cache=MemoryCache(60))


def statuses(url: str, path: str = SECRET) -> list[int]:
    """The statuses of an authorized and an anonymous request in turn, each twice."""
    with httpx.Client(base_url=url) as client:
        authorized_request = client.build_request("GET", path, headers=AUTHORIZED)
        return [
            (client.send(authorized_request) if authorized else client.get(path)).status_code
            for authorized in (True, False, True, False)
        ]


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.__name__)
def test_a_guarded_route_is_authorized_every_time_and_never_stored(
    settings: Settings, router: Callable[[], APIRouter]
) -> None:
    app = shop(settings, router())
    with serve(app) as url:
        assert statuses(url) == [200, 401, 200, 401]
    assert app.state.url_cache.responses == {}


def test_a_response_that_depends_only_on_the_url_is_stored(settings: Settings) -> None:
    """Without this, the other tests would pass if nothing was ever stored."""
    app = shop(settings, router_of())
    with serve(app) as url:
        assert statuses(url) == [200] * 4
    assert list(app.state.url_cache.responses) == [(SECRET, b"")]


def test_a_router_is_guarded_only_where_it_is_included_with_a_dependency(
    settings: Settings,
) -> None:
    router, guarded_router = router_of(), APIRouter()
    guarded_router.include_router(
        router, prefix="/guarded", dependencies=[requires("secrets:read")]
    )
    app = shop(settings, router, guarded_router)
    with serve(app) as url:
        assert statuses(url) == [200] * 4
        assert statuses(url, "/api/guarded/secret/1") == [200, 401, 200, 401]
    assert list(app.state.url_cache.responses) == [(SECRET, b"")]


def test_a_router_included_while_the_application_runs_is_guarded(settings: Settings) -> None:
    router = router_of()
    app = shop(settings, router)
    with serve(app) as url:
        assert statuses(url) == [200] * 4
        app.include_router(router, prefix="/late", dependencies=[requires("secrets:read")])
        assert statuses(url, "/late/secret/1") == [200, 401, 200, 401]


class Guard:
    """Middleware that rejects a request without an ``Authorization`` header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = b"authorization" in dict(scope["headers"])
        await (self.app if named else Response(status_code=401))(scope, receive, send)


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_middleware_of_a_mount_guards_the_routes_below_it(settings: Settings, prefix: str) -> None:
    """Even if a public route has the same path as the one below the mount."""
    router = router_of()
    app = shop(settings, router)
    guarded = APIRouter()
    guarded.include_router(router, prefix=prefix)
    app.router.routes.insert(
        1, Mount("/guarded", routes=guarded.routes, middleware=[Middleware(Guard)])
    )
    with serve(app) as url:
        assert statuses(url) == [200] * 4
        assert statuses(url, f"/guarded{prefix}/secret/1") == [200, 401, 200, 401]


def test_a_dependency_override_applies_to_stored_urls_too(settings: Settings) -> None:
    app = shop(settings, router_of())

    async def guarded(request: Request) -> Cache:
        check(request.headers.get("authorization"))
        return await get_cache(request)

    with serve(app) as url:
        assert statuses(url) == [200] * 4
        app.dependency_overrides[get_cache] = guarded
        assert statuses(url) == [200, 401, 200, 401]
        assert statuses(url, "/api/secret/2") == [200, 401, 200, 401]
        app.dependency_overrides.clear()
        assert statuses(url) == [200] * 4


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.settings, app.state.cache = Settings(), MemoryCache(60)
    yield


@pytest.mark.parametrize("dependencies", [[], [requires("secrets:read")]])
def test_dependencies_of_the_application_guard_its_cached_routes(dependencies: list[Any]) -> None:
    app = FastAPI(lifespan=lifespan, dependencies=dependencies)
    answer_with_problems(app)
    app.state.url_cache = UrlCache()
    app.router.routes.insert(0, app.state.url_cache)
    app.include_router(router_of(), prefix="/api")
    with serve(app) as url:
        assert statuses(url) == ([200, 401, 200, 401] if dependencies else [200] * 4)


def test_add_flat_rejects_dependencies_that_would_not_apply_to_the_routes() -> None:
    app = FastAPI(dependencies=[requires("secrets:read")])
    with pytest.raises(ValueError, match="set them on each router"):
        add_flat(app, [router_of()])


@pytest.mark.parametrize("mounted", ["", "/shop"])
def test_a_mounted_shop_stores_responses_too(settings: Settings, mounted: str) -> None:
    app = shop(settings, router_of())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    outer = FastAPI(lifespan=lifespan)
    outer.mount(mounted, app)
    with serve(outer) as url:
        assert statuses(url, mounted + SECRET) == [200] * 4
    assert len(app.state.url_cache.responses) == 1
