"""How the application is assembled."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import RelationshipProperty, configure_mappers

from app.shop import create_app
from app.shop.cache import NoCache
from app.shop.database import Database
from app.shop.models import Base, Order
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.writing import work_of

READ_PATHS = [
    "/api/orders?limit=20",
    "/api/orders/1",
    "/api/posts?limit=20",
    "/api/posts/1",
    "/api/users?limit=200",
    "/api/users/1",
    "/api/products?limit=20",
    "/api/products?limit=20&category=1",
    "/api/products/1",
    "/api/products/search?q=heart",
    "/api/categories",
    "/api/categories/1/products",
]


@pytest.mark.parametrize("path", READ_PATHS)
async def test_a_read_takes_one_statement(settings: Settings, path: str) -> None:
    work = await work_of(create_app(settings, cache=NoCache()), lambda client: client.get(path))
    assert (work.requests, work.statements, work.round_trips) == (1, 1, 1)


async def test_a_given_router_takes_precedence(settings: Settings) -> None:
    router = APIRouter()

    @router.get("/products/{product_id:int}")
    async def mine(product_id: int) -> dict[str, int]:
        return {"mine": product_id}

    async with client_of(create_app(settings, routers=[router])) as client:
        assert (await client.get("/api/products/3")).json() == {"mine": 3}
        assert isinstance((await client.get("/api/products/search?q=heart")).json(), list)
        assert (await client.get("/api/orders/1")).json()["id"] == 1
    async with client_of(create_app(settings)) as client:
        assert (await client.get("/api/products/3")).json()["id"] == 3


async def test_a_given_database_is_used_and_closed(settings: Settings, database: Database) -> None:
    elsewhere = settings.model_copy(update={"database_url": "postgresql+asyncpg://127.0.0.1:1/x"})
    app = create_app(elsewhere, database=database)
    async with client_of(app) as client:
        assert app.state.database is database
        assert (await client.get("/readyz")).json() == {"status": "ok"}
        pool = database.engine.sync_engine.pool
    assert database.engine.sync_engine.pool is not pool


def test_no_relationship_is_loaded_lazily() -> None:
    configure_mappers()
    relationships: list[RelationshipProperty[Any]] = [
        relationship for mapper in Base.registry.mappers for relationship in mapper.relationships
    ]
    assert relationships
    assert {relationship.lazy for relationship in relationships} == {"raise"}


async def test_accessing_a_relationship_that_was_not_loaded_raises(database: Database) -> None:
    async with database.reading() as session:
        order = await session.scalar(select(Order).limit(1))
    assert order is not None
    with pytest.raises(InvalidRequestError, match="lazy='raise'"):
        _ = order.lines


async def test_connections_are_released_before_the_response_is_sent(
    settings: Settings, database: Database
) -> None:
    app = create_app(settings, database=database)
    checked_out: list[int] = []

    async def recorded(scope: Any, receive: Any, send: Any) -> None:
        async def record_then_send(message: Any) -> None:
            pool = database.engine.sync_engine.pool
            checked_out.append(pool.checkedout())  # type: ignore[attr-defined]
            await send(message)

        await app(scope, receive, record_then_send)

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(recorded), base_url="http://shop"
        ) as client,
    ):
        await client.get("/api/orders")
        await client.post("/api/posts/1/comments", json={"body": "x"}, headers=bearer())
    assert checked_out == [0, 0, 0, 0]


async def test_many_concurrent_reads_share_a_small_pool(shop_url: str) -> None:
    async with httpx.AsyncClient(base_url=shop_url) as client:
        responses = await asyncio.gather(
            *(client.get(f"/api/products/{number}") for number in range(1, 41))
        )
    assert [response.json()["id"] for response in responses] == list(range(1, 41))
