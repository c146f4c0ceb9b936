"""The application factory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from app.shop import accounts, catalog, community, dashboard, export, health, orders, reports
from app.shop.api import PREFIX
from app.shop.budget import check_budget
from app.shop.cache import Cache, open_cache
from app.shop.database import Database, open_database
from app.shop.edge import edge
from app.shop.errors import answer_with_problems, documented
from app.shop.methods import Head
from app.shop.settings import Settings
from app.shop.url_cache import UrlCache

ROUTERS = (
    catalog.router,
    accounts.router,
    accounts.login.router,
    community.router,
    orders.router,
    dashboard.router,
    reports.router,
    export.router,
    health.router,
)


def create_app(
    settings: Settings | None = None,
    *,
    routers: Sequence[APIRouter] = (),
    middleware: Sequence[Middleware] | None = None,
    database: Database | None = None,
    cache: Cache | None = None,
) -> FastAPI:
    """The shop as an ASGI application.

    ``routers`` are mounted at ``/api`` before the shop's own and take precedence over them.
    ``middleware``, ``database`` and ``cache`` replace the ones created from ``settings``; the
    application closes the database and the cache at shutdown.
    """
    settings = settings or Settings()
    own_pool = database is None
    database = database or open_database(settings)
    cache = cache or open_cache(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.settings, app.state.database, app.state.cache = settings, database, cache
        try:
            if own_pool:
                await check_budget(database, settings)
            async with accounts.login.open_passwords(app), export.open_exports(app):
                yield
        finally:
            await cache.close()
            await database.close()

    layers = edge(settings) if middleware is None else middleware
    app = FastAPI(title="Gift shop", middleware=[*layers, Middleware(Head)], lifespan=lifespan)
    answer_with_problems(app)
    app.state.url_cache = UrlCache()
    app.router.routes.insert(0, app.state.url_cache)
    for router in routers:
        app.include_router(router, prefix=PREFIX, responses=documented(422, 503))
    add_flat(app, ROUTERS)
    return app


def add_flat(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Add the routes of ``routers`` directly to the application.

    FastAPI matches the path of an included router's route twice: once to find the router, once to
    find the route. Raises ``ValueError`` if the application has dependencies of its own, which
    would not apply to these routes.
    """
    if app.router.dependencies:
        raise ValueError("FastAPI(dependencies=…) does not apply here: set them on each router.")
    app.router.routes.extend(route for router in routers for route in router.routes)
