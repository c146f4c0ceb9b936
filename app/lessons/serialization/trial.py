"""Tries a learner's endpoints in applications of their own."""

from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from app.lessons.serialization.description import PATHS, described
from app.shop import create_app
from app.shop.cache import NoCache
from app.shop.database import open_database
from app.shop.settings import Settings

_NOBODY_LISTENS = "postgresql+asyncpg://shop@127.0.0.1:9/shop"


async def trial(router: APIRouter, settings: Settings) -> dict[str, Any]:
    """``described``: the fields of the responses by path; ``None`` where nothing is said.
    ``without_database``: the status of both responses while PostgreSQL cannot be reached."""
    app = FastAPI()
    app.include_router(router)
    return {
        "described": {path: described(app.openapi(), spelt) for path, spelt in PATHS.items()},
        "without_database": await _without_database(router, settings),
    }


async def _without_database(router: APIRouter, settings: Settings) -> dict[str, int]:
    database = open_database(settings.model_copy(update={"database_url": _NOBODY_LISTENS}))
    app = create_app(settings, routers=[router], middleware=[], database=database, cache=NoCache())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        paths = ("/api/users", "/api/orders/1")
        return {path: (await client.get(path)).status_code for path in paths}
