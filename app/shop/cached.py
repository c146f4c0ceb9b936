"""Responses served from the cache."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from fastapi import Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from app.shop.cache import Cache
from app.shop.errors import NotFound

Query = Callable[[], Awaitable[str | None]]
"""Returns the response body as JSON, or ``None`` if the resource does not exist."""


class CachedResponse(Response):
    """The JSON that ``query`` returns, cached under ``key`` and invalidated through ``tags``.

    ``query`` may outlive the request, so it must not use anything scoped to it. If it returns
    ``None``, which is cached as well, ``missing`` is raised.
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
        await self.send(send)
        responses: ResponseStore | None = getattr(scope["app"].state, "url_cache", None)
        if responses is not None:
            responses.store(scope, self)

    async def send(self, send: Send) -> None:
        body = await self._cache.get_or_make(self._key, self._tags, self._fetch)
        if body is None:
            assert self._missing is not None
            raise self._missing
        headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _fetch(self) -> bytes | None:
        body = await self._query()
        return None if body is None else body.encode()


class ResponseStore(Protocol):
    """The application's ``UrlCache``, to which every response is passed after it was sent."""

    def store(self, scope: Scope, response: CachedResponse) -> None: ...


class CachedRoute(APIRoute):
    """A route whose cached responses ``UrlCache`` may serve without calling the endpoint.

    This applies only if the endpoint depends on nothing but the URL. Otherwise, and in subclasses,
    it is an ordinary route.
    """
