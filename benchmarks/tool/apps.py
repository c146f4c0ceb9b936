"""Small applications to measure, each made by a function that says what it does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Response

if TYPE_CHECKING:
    from app.shop.settings import Settings

PLAIN_APP, STALLING_APP, SHOP_APP = (f"{__name__}:{name}" for name in ("plain", "stalling", "shop"))
"""For ``app_server``."""
BODY = b"x" * 20_000
STALL = 0.3
"""Seconds of each second in which ``stalling`` answers no request."""
MARK = "counted by PostgreSQL too"
STATEMENTS = 2
"""Statements per request in ``counted``, each with ``MARK`` in a comment."""


def plain() -> FastAPI:
    """Small JSON, a body of 20 KB, JSON that costs many objects, or ``rounds`` rounds of a loop."""
    app = FastAPI()

    @app.get("/small")
    async def small() -> dict[str, str | int]:
        return {"id": 1, "name": "white hanging heart t-light holder", "price": "2.55", "stock": 9}

    @app.get("/large")
    async def large() -> Response:
        return Response(BODY, media_type="text/plain")

    @app.get("/objects")
    async def objects() -> dict[str, int]:
        # In reference cycles, like an ORM's objects, which the garbage collector has to find.
        cycles: list[list[object]] = [[] for _ in range(2_000)]
        for cycle in cycles:
            cycle.append(cycles)
        return {"made": len(cycles)}

    @app.get("/burning/{rounds}")
    async def burning(rounds: int) -> dict[str, str]:
        sum(range(rounds))
        return {"hello": "world"}

    return app


def stalling() -> FastAPI:
    """Blocks the event loop for the first ``STALL`` seconds of each second."""
    app = FastAPI()

    @app.get("/")
    async def stall() -> dict[str, str]:
        into_this_second = time.time() % 1
        if into_this_second < STALL:
            time.sleep(STALL - into_this_second)  # noqa: ASYNC251 - the fault on purpose
        return {"hello": "world"}

    return app


def shop() -> FastAPI:
    """The finished shop, on the database named in the environment."""
    from app.shop import create_app

    return create_app()


def counted(settings: "Settings") -> FastAPI:
    """A few statements and one Redis command per request, through pools, marked so that they can be
    found in the servers' own records. Connections to Redis are opened at the start, because their
    handshakes could not be distinguished from other clients'."""
    from redis.asyncio import BlockingConnectionPool, Redis
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(settings.database_url, pool_size=8, max_overflow=0)
    redis = None
    if settings.redis_url:
        pool = BlockingConnectionPool.from_url(settings.redis_url, max_connections=8, timeout=20)
        redis = Redis.from_pool(pool)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if redis:
            await asyncio.gather(*(redis.ping() for _ in range(8)))
        yield
        await engine.dispose()
        if redis:
            await redis.aclose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def count() -> int:
        async with engine.connect() as connection:
            for number in range(STATEMENTS):
                await connection.execute(text(f"SELECT {number} /* {MARK} */"))
        if redis:
            await redis.strlen(f"{settings.redis_prefix}counted")
        return 1

    return app
