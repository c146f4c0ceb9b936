"""An ASGI application without a framework, on asyncpg's own pool: what a shop can reach at best.

It routes by hand and checks nothing.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import asyncpg
from starlette.types import Message, Receive, Scope, Send

from app.lab.services.external import plain_url
from app.shop.settings import Settings

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Answer = Callable[[Scope], Awaitable[bytes | None]]
"""The body for a request; ``None`` where there is no such thing."""


class Bare:
    """Answers with JSON that ``make`` finds through a pool as large as the shop's."""

    def __init__(self, make: Callable[[Pool], Awaitable[Answer]], *, reset: bool = True) -> None:
        self._make = make
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = await self._answer(scope)
        status = 404 if body is None else 200
        await send(_start(status, len(body or b"")))
        await send({"type": "http.response.body", "body": body or b""})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with open_pool(reset=self._reset) as pool:
            self._answer = await self._make(pool)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def open_pool(*, reset: bool = True) -> Pool:
    """Connections to the database that the environment names, as many as the shop has there.

    asyncpg resets a connection when it comes back, which takes a round trip; without ``reset`` it
    does not.
    """
    settings = Settings()
    return asyncpg.create_pool(
        plain_url(settings.database_url),
        min_size=settings.pool_size,
        max_size=settings.pool_size,
        reset=None if reset else _leave,
    )


async def _leave(_connection: object) -> None:
    """Nothing is ever set on a connection, so there is nothing to reset."""


def product_id(scope: Scope) -> int:
    path: str = scope["path"]
    return int(path.rpartition("/")[2])


def limit(scope: Scope) -> int:
    query: bytes = scope["query_string"]
    return int(query.partition(b"limit=")[2])


def wants_orders(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith("/api/orders")


def _start(status: int, length: int) -> Message:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % length)]
    return {"type": "http.response.start", "status": status, "headers": headers}
