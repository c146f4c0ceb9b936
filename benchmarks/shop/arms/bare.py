"""An ASGI application without a framework, on asyncpg's own pool: the best that a shop can reach.

It routes by hand and validates nothing.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import asyncpg
from starlette.types import Message, Receive, Scope, Send

from app.lab.services.external import plain_url
from app.shop.settings import Settings

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Answer = Callable[[Scope], Awaitable[bytes | None]]
"""Returns the body for a request; ``None`` if the resource does not exist."""


class Bare:
    """Answers with JSON from the function that ``make`` creates for a pool of the shop's size."""

    def __init__(self, make: Callable[[Pool], Awaitable[Answer]], *, reset: bool = True) -> None:
        self._make = make
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        body = await self._answer(scope)
        status = 404 if body is None else 200
        await send(_start(status, len(body or b"")))
        await send({"type": "http.response.body", "body": body or b""})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with open_pool(reset=self._reset) as pool:
            self._answer = await self._make(pool)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def open_pool(*, reset: bool = True) -> Pool:
    """A pool of the shop's size for the database named in the environment.

    asyncpg resets a connection when it is released, which takes a round trip, unless ``reset`` is
    false.
    """
    settings = Settings()
    return asyncpg.create_pool(
        plain_url(settings.database_url),
        min_size=settings.pool_size,
        max_size=settings.pool_size,
        reset=None if reset else _no_reset,
    )


async def _no_reset(_connection: object) -> None:
    """Connections never have any state to reset."""


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
