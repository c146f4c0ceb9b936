"""The shortest way to a cached response: by its URL, before a route is looked for."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from app.shop.cached import CachedResponse, CachedRoute
from app.shop.url_only import depends_on_url_only

REMEMBERED = 2_000
"""URLs of one worker."""

Url: TypeAlias = tuple[str, bytes]
"""Its path and its query string."""

_APP_ROOT = "shop.app_root"
"""Where the application itself is mounted."""

_Routes: TypeAlias = dict[Callable[..., Any], list[tuple[re.Pattern[str], bool]]]
"""The paths of each endpoint, and whether its responses may be remembered there."""


class Remembered(BaseRoute):
    """The cached responses of one application by URL. It is the first of its routes.

    A URL that is requested again needs no routing, no validation and no dependency injection, which
    take several times as long as the cache in memory does. So it must not be kept where a
    dependency could turn the next caller away: see ``_is_open``. The oldest of ``REMEMBERED`` is
    evicted.
    """

    def __init__(self) -> None:
        self.responses: dict[Url, tuple[CachedResponse, Scope]] = {}
        self._known: _Routes | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["method"] == "GET":
            kept = self.responses.get(_url(scope))
            if kept is not None and not scope["app"].dependency_overrides:
                return Match.FULL, kept[1]
            scope[_APP_ROOT] = scope.get("root_path", "")
        return Match.NONE, {}

    async def handle(self, scope: Scope, _receive: Receive, send: Send) -> None:
        response, _ = self.responses[_url(scope)]
        await response.answer(send)

    def keep(self, scope: Scope, response: CachedResponse) -> None:
        """Have ``response``, which answered the request of ``scope``, answer later requests for the
        same URL, unless one of them could be turned away."""
        if not self._is_open(scope):
            return
        if len(self.responses) >= REMEMBERED:
            del self.responses[next(iter(self.responses))]
        found = {name: scope[name] for name in ("endpoint", "route", "path_params")}
        self.responses[_url(scope)] = response, found

    def _is_open(self, scope: Scope) -> bool:
        """Whether every route to this endpoint by this path depends on nothing but the URL.

        Only routes that the application had at its first cached response count: one that is added
        later is not known. Nor are those inside a ``Mount``, which may have middleware.
        """
        app: FastAPI = scope["app"]
        if scope["method"] != "GET" or app.dependency_overrides or _APP_ROOT not in scope:
            return False
        if self._known is None:
            self._known = _routes_of(app)
        path = scope["path"].removeprefix(scope[_APP_ROOT])
        routes = self._known.get(scope["endpoint"], ())
        verdicts = [is_open for pattern, is_open in routes if pattern.match(path)]
        return bool(verdicts) and all(verdicts)


def _routes_of(app: FastAPI) -> _Routes:
    """The routes of ``app``, each with the dependencies that routers and the application add."""
    routes: _Routes = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            is_open = type(route) is CachedRoute and depends_on_url_only(context.dependant)
            routes.setdefault(route.endpoint, []).append((context.path_regex, is_open))
    return routes


def _url(scope: Scope) -> Url:
    return scope["path"], scope["query_string"]
