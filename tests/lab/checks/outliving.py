"""``python -m tests.lab.checks.outliving DATABASE_URL REDIS_URL``: objects that outlive a server.

Each object is created once and used by a server, by a second one beside it, by a third after them,
and where its name is in ``KERNEL`` by this thread's own event loop in between. A line of JSON for
each says what the servers answered. Run as a program, because a fault here may end the process.
"""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import cache
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.lab.wire import install_taps
from app.shop.database import open_database
from app.shop.settings import Settings

Use = Callable[[], Awaitable[object]]
KERNEL = ("engine", "driver pool", "driver connection", "task", "redis client", "endless generator")
AT_ONCE = 8


async def contended(lock: asyncio.Lock | asyncio.Semaphore) -> str:
    async def hold() -> None:
        async with lock:
            await asyncio.sleep(0.001)

    await asyncio.gather(hold(), hold())
    return "held"


async def objects(database_url: str, redis_url: str) -> dict[str, Use]:
    """What uses each object, by its name."""
    dsn = database_url.replace("+asyncpg", "")
    engine = create_async_engine(database_url, pool_size=3, max_overflow=0)
    database = open_database(Settings(database_url=database_url, pool_size=3))
    pool = await asyncpg.create_pool(dsn, min_size=2, max_size=3)
    connection = await asyncpg.connect(dsn)
    redis = Redis.from_url(redis_url)
    lock, semaphore = asyncio.Lock(), asyncio.Semaphore(1)
    queue: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.ensure_future(asyncio.sleep(3600))
    client = httpx.AsyncClient(base_url=await serve_a_peer())

    async def from_engine() -> Any:
        async with engine.connect() as opened:
            return await opened.scalar(text("SELECT 'engine'"))

    async def numbers(engine: AsyncEngine) -> AsyncIterator[Any]:
        async with engine.connect() as opened:
            while True:
                yield await opened.scalar(text("SELECT 'generated'"))

    async def from_redis() -> Any:
        await redis.set("outliving", "redis")
        return await redis.get("outliving")

    async def from_queue() -> str:
        asyncio.get_running_loop().call_soon(queue.put_nowait, "queued")
        return await queue.get()

    @cache
    def background() -> "asyncio.Task[None]":
        return asyncio.ensure_future(asyncio.sleep(3600))

    generated = numbers(create_async_engine(database_url))

    async def from_task(task: "asyncio.Task[None]") -> str:
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), 0.001)
        return "runs"

    return {
        "engine": from_engine,
        "database": lambda: database.fetch_value("SELECT 'database'"),
        "driver pool": lambda: pool.fetchval("SELECT 'pool'"),
        "driver connection": lambda: connection.fetchval("SELECT 'connection'"),
        "redis client": from_redis,
        "http client": lambda: client.get("/"),
        "lock": lambda: contended(lock),
        "semaphore": lambda: contended(semaphore),
        "queue": from_queue,
        "task": lambda: from_task(task),
        "background task": lambda: from_task(background()),
        "endless generator": lambda: anext(generated),
    }


async def serve_a_peer() -> str:
    """A server for the HTTP client to talk to."""
    app = FastAPI()
    app.get("/")(lambda: "peer")
    return Server(app).url


def serve(use: Use) -> Server:
    app = FastAPI()

    @app.get("/")
    async def endpoint() -> str:
        return str(await use())

    return Server(app)


async def asked(server: Server) -> list[str]:
    """What the server answers, or raises, to one request after many at once."""
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        await asyncio.gather(*(client.get("/") for _ in range(AT_ONCE)))
    await exchange(server, "/")
    seen = await exchange(server, "/")
    return [seen.exception or str(seen.answer)]


async def outlived(name: str, use: Use) -> list[str]:
    """What three servers, of which the first two run side by side, make of one object."""
    seen = []
    with serve(use) as first, serve(use) as second:
        for server in (first, second):
            seen += await asked(server)
            if name in KERNEL:
                await asyncio.gather(use(), return_exceptions=True)
    with serve(use) as third:
        seen += await asked(third)
    gc.collect()
    return seen


async def main() -> None:
    install_taps()  # as the start of a lab does
    for name, use in (await objects(*sys.argv[1:3])).items():
        if name in KERNEL:
            await asyncio.gather(use(), return_exceptions=True)
        print(json.dumps([name, await outlived(name, use)]), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
    print(json.dumps(["end", []]), flush=True)
