"""The shop on a private copy of the seeded database, over ASGI or over a socket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from app.shop import create_app
from app.shop.database import Database, open_database
from app.shop.settings import Settings
from tests.shop.edge.serving import serve
from tests.shop.rows import add_rows


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    from app.lab.services import connect

    with connect("tests") as client:
        url = client.lease().database_url
        asyncio.run(add_rows(url))
        yield url


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, pool_size=2)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = open_database(settings)
    yield database
    await database.close()


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of ``app`` over ASGI. Unhandled exceptions become a 500, as on a real server."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        yield client


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="session")
def shop_url(database_url: str) -> Iterator[str]:
    """The shop behind a real server on a free loopback port."""
    with serve(create_app(Settings(database_url=database_url, pool_size=2))) as url:
        yield url
