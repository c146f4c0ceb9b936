"""Cached responses by URL, served before routing."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from app.shop.cached import CachedResponse, CachedRoute
from app.shop.url_only import depends_on_url_only

MAX_URLS = 2_000
"""Per worker."""

Url: TypeAlias = tuple[str, bytes]
"""Path and query string."""

_APP_ROOT = "shop.app_root"
"""Scope key: the root path at which the application itself is mounted."""

_Routes: TypeAlias = dict[Callable[..., Any], list[tuple[re.Pattern[str], bool]]]
"""The path patterns of each endpoint, and whether its responses are the same for every caller."""


class UrlCache(BaseRoute):
    """The cached responses of one application by URL, as the first of its routes.

    A hit skips routing, validation and dependency injection, which take several times as long as
    a lookup in the memory cache. A response is stored only if no dependency could reject another
    caller, see ``_is_public``. The oldest of ``MAX_URLS`` is evicted.
    """

    def __init__(self) -> None:
        self.responses: dict[Url, tuple[CachedResponse, Scope]] = {}
        self._routes: _Routes | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["method"] == "GET":
            stored = self.responses.get(_url(scope))
            if stored is not None and not scope["app"].dependency_overrides:
                return Match.FULL, stored[1]
            scope[_APP_ROOT] = scope.get("root_path", "")
        return Match.NONE, {}

    async def handle(self, scope: Scope, _receive: Receive, send: Send) -> None:
        response, _ = self.responses[_url(scope)]
        await response.send(send)

    def store(self, scope: Scope, response: CachedResponse) -> None:
        """Serve later requests for the URL of ``scope`` with ``response``, if it is public."""
        if not self._is_public(scope):
            return
        if len(self.responses) >= MAX_URLS:
            del self.responses[next(iter(self.responses))]
        match = {name: scope[name] for name in ("endpoint", "route", "path_params")}
        self.responses[_url(scope)] = response, match

    def _is_public(self, scope: Scope) -> bool:
        """Whether every route from this path to this endpoint depends on nothing but the URL.

        The routes are collected at the first cached response: those added later are not public.
        Neither are routes inside a ``Mount``, which may have middleware of its own.
        """
        app: FastAPI = scope["app"]
        if scope["method"] != "GET" or app.dependency_overrides or _APP_ROOT not in scope:
            return False
        if self._routes is None:
            self._routes = _routes_of(app)
        path = scope["path"].removeprefix(scope[_APP_ROOT])
        routes = self._routes.get(scope["endpoint"], ())
        public = [is_public for pattern, is_public in routes if pattern.match(path)]
        return bool(public) and all(public)


def _routes_of(app: FastAPI) -> _Routes:
    """The routes of ``app``, including dependencies added by routers and the application."""
    routes: _Routes = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            is_public = type(route) is CachedRoute and depends_on_url_only(context.dependant)
            routes.setdefault(route.endpoint, []).append((context.path_regex, is_public))
    return routes


def _url(scope: Scope) -> Url:
    return scope["path"], scope["query_string"]
