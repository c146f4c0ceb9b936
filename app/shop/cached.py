"""Answers from the cache."""

from collections.abc import Awaitable, Callable, Collection
from typing import TypeAlias

from fastapi import Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from app.shop.cache import Cache
from app.shop.errors import NotFound

Query = Callable[[], Awaitable[str | None]]
"""Finds the JSON of an answer; ``None`` where there is no such thing."""

REMEMBERED = 2_000
"""URLs of one worker."""

Url: TypeAlias = tuple[str, bytes]
"""Its path and its query string."""

_MAY_BE_KEPT = "shop.may_be_kept"


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
        if _MAY_BE_KEPT in scope:
            remembered: Remembered = scope["app"].state.remembered
            remembered.keep(scope, self)

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
    """A route whose answers may be ``CachedResponse``: then they depend on nothing but the URL, and
    ``Remembered`` keeps them."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_MAY_BE_KEPT] = True
        await super().handle(scope, receive, send)


class Remembered(BaseRoute):
    """The cached responses of one application by URL. It is the first of its routes.

    For a URL that is asked for again no route has to be found, and nothing taken apart, checked and
    injected, which takes several times as long as the cache in memory does. Of ``REMEMBERED`` the
    oldest is forgotten.
    """

    def __init__(self) -> None:
        self.responses: dict[Url, tuple[CachedResponse, Scope]] = {}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["method"] == "GET":
            known = self.responses.get(_url(scope))
            if known is not None:
                return Match.FULL, known[1]
        return Match.NONE, {}

    async def handle(self, scope: Scope, _receive: Receive, send: Send) -> None:
        response, _ = self.responses[_url(scope)]
        await response.answer(send)

    def keep(self, scope: Scope, response: CachedResponse) -> None:
        """``response`` answered the request of ``scope``, and will answer its like."""
        if len(self.responses) >= REMEMBERED:
            del self.responses[next(iter(self.responses))]
        found = {name: scope[name] for name in ("endpoint", "route", "path_params")}
        self.responses[_url(scope)] = response, found


def _url(scope: Scope) -> Url:
    return scope["path"], scope["query_string"]
