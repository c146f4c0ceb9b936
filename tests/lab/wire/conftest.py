"""Small applications behind a real server, and the counts of the requests they answer."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.course.network import Network
from app.lab.serving.exchange import Exchange, exchange
from app.lab.serving.server import Server
from app.shop.settings import Settings

Handler = Callable[[], Awaitable[object]]
Count = Callable[..., Awaitable[Exchange]]


@pytest.fixture
def engine(settings: Settings) -> AsyncEngine:
    return create_async_engine(settings.database_url)


@contextmanager
def served(
    handler: Handler, engine: AsyncEngine | None = None, *, network: Network | None = None
) -> Iterator[Server]:
    """``handler`` at ``GET /``; the server closes the engine's connections when it stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if engine is not None:
            await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    app.get("/")(handler)
    with Server(app, network=network) as server:
        yield server


@pytest.fixture
def count() -> Count:
    """The exchange of a warm request, or the first one, to a handler."""

    async def one(
        handler: Handler,
        engine: AsyncEngine | None = None,
        *,
        warm: bool = True,
        network: Network | None = None,
    ) -> Exchange:
        with served(handler, engine, network=network) as server:
            first = await exchange(server, "/")
            return await exchange(server, "/") if warm else first

    return one


@pytest.fixture
def dsn(settings: Settings) -> str:
    """The database, as the driver itself takes its address."""
    return settings.database_url.replace("+asyncpg", "")


@pytest.fixture
def redis_url(settings: Settings) -> str:
    if settings.redis_url is None:
        pytest.skip("There is no Redis on this machine.")
    return settings.redis_url
