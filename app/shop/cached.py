"""Answers from the cache."""

from collections.abc import Awaitable, Callable, Collection

from cachetools import LRUCache
from fastapi import Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from app.shop.cache import Cache
from app.shop.errors import NotFound

Query = Callable[[], Awaitable[str | None]]
"""Finds the JSON of an answer; ``None`` where there is no such thing."""

REMEMBERED = 2_000
"""URLs of one worker."""

_Remembered = LRUCache[tuple[str, bytes], "CachedResponse"]


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
        _remembered(scope)[_url(scope)] = self

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


class CachedRoute(APIRoute):
    """A route whose answers may be ``CachedResponse``: then they depend on nothing but the URL.

    It remembers them by URL. For one that is asked for again nothing has to be taken apart, checked
    and injected, which takes several times as long as the cache in memory does.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = _remembered(scope).get(_url(scope)) if scope["method"] == "GET" else None
        if known is None:
            await super().handle(scope, receive, send)
        else:
            await known.answer(send)


def open_memory() -> "_Remembered":
    return LRUCache(REMEMBERED)


def _remembered(scope: Scope) -> "_Remembered":
    remembered: _Remembered = scope["app"].state.cached_responses
    return remembered


def _url(scope: Scope) -> tuple[str, bytes]:
    return scope["path"], scope["query_string"]
