"""The application, put together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from app.shop import accounts, catalog, community, health, orders
from app.shop.database import Database, open_database
from app.shop.errors import answer_with_problems, documented
from app.shop.settings import Settings

ROUTERS = (catalog.router, accounts.router, community.router, orders.router)


def create_app(
    settings: Settings | None = None,
    *,
    routers: Sequence[APIRouter] = (),
    middleware: Sequence[Middleware] = (),
    database: Database | None = None,
) -> FastAPI:
    """The shop as an ASGI application.

    ``routers`` come before the shop's own below ``/api``: where both have a path, theirs answers.
    ``database`` replaces the one that ``settings`` describe; the application closes it at shutdown.
    """
    settings = settings or Settings()
    resources = database or open_database(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = resources
        try:
            yield
        finally:
            await resources.close()

    app = FastAPI(title="Gift shop", middleware=list(middleware), lifespan=lifespan)
    answer_with_problems(app)
    api = APIRouter(prefix="/api", responses=documented(422, 503))
    for router in (*routers, *ROUTERS):
        api.include_router(router)
    app.include_router(api)
    app.include_router(health.router)
    return app
