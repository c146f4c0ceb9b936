"""One request made by hand: it is repeated until nothing is left to set up."""

import asyncio

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.lab.serving.exchange import exchange, repeated
from app.lab.serving.server import Server
from app.shop.settings import Settings

CONNECTIONS = 3


async def test_all_connections_of_a_pool_are_warm(settings: Settings) -> None:
    engine = create_async_engine(
        settings.database_url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
    )
    app = FastAPI()
    all_open = asyncio.Barrier(CONNECTIONS)

    @app.get("/open")
    async def open_another() -> None:
        async with engine.connect():
            await all_open.wait()

    @app.get("/")
    async def read() -> int:
        async with engine.connect() as connection:
            return await connection.scalar(text("SELECT 1")) or 0

    with Server(app) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            await asyncio.gather(*(client.get("/open") for _ in range(CONNECTIONS)))
        seen = await repeated(lambda: exchange(server, "/"))
    assert seen.work.connections == 0
    assert seen.work.round_trips == 1
