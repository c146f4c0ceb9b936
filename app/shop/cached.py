"""Answers from the cache."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from fastapi import Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from app.shop.cache import Cache
from app.shop.errors import NotFound

Query = Callable[[], Awaitable[str | None]]
"""Finds the JSON of an answer; ``None`` where there is no such thing."""


class CachedResponse(Response):
    """The JSON that ``query`` finds, or what it found the last time.

    ``query`` must not use what ends with the request. Where it finds nothing, ``missing`` is raised
    and that is remembered too.
    """

    media_type = "application/json"

    def __init__(
        self,
        cache: Cache,
        key: str,
        tags: Collection[str],
        query: Query,
        missing: NotFound | None = None,
    ) -> None:
        super().__init__()
        self._cache, self._key, self._tags = cache, key, tags
        self._query, self._missing = query, missing

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await self.answer(send)
        keeper: Keeper | None = getattr(scope["app"].state, "remembered", None)
        if keeper is not None:
            keeper.keep(scope, self)

    async def answer(self, send: Send) -> None:
        body = await self._cache.get_or_make(self._key, self._tags, self._make)
        if body is None:
            assert self._missing is not None
            raise self._missing
        headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _make(self) -> bytes | None:
        body = await self._query()
        return None if body is None else body.encode()


class Keeper(Protocol):
    """An application's ``Remembered``, which responses are offered to once they were sent."""

    def keep(self, scope: Scope, response: CachedResponse) -> None: ...


class CachedRoute(APIRoute):
    """A route whose cached responses ``Remembered`` may repeat without calling the endpoint.

    It does so only where the endpoint depends on nothing but the URL. Where it depends on anything
    else, and in a subclass, this is a plain route.
    """
