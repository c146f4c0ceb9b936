"""Faults of a shop, each as a layer around it."""

from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qsl, urlencode

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LISTS, PRODUCT, LOGIN = "/api/products", "/api/products/", "/api/auth/login"
OLDEST = 500
"""Products with an id up to this one are replaced."""
UNKNOWN = 1_000_000


def renewed(app: ASGIApp) -> ASGIApp:
    """No fault: the shop has replaced its oldest products. They are in no list, and not found."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == LISTS:
            query = dict(parse_qsl(scope["query_string"].decode()))
            query["after"] = str(max(int(query.get("after", 0)), OLDEST))
            scope = {**scope, "query_string": urlencode(query).encode()}
        elif (wanted := _product(scope)) is not None and wanted <= OLDEST:
            scope = _at(scope, PRODUCT + str(UNKNOWN + wanted))
        await app(scope, receive, send)

    return layer


def empty_lists(app: ASGIApp) -> ASGIApp:
    """Lists of products have none, as after a migration gone wrong."""
    return _answering(app, lambda scope: scope["path"] == LISTS, 200, {"items": [], "next": None})


def mixed_up_products(app: ASGIApp) -> ASGIApp:
    """Each product is another one, as with a wrong cache key."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if (wanted := _product(scope)) is not None:
            scope = _at(scope, PRODUCT + ("2" if wanted == 1 else "1"))
        await app(scope, receive, send)

    return layer


def failing(app: ASGIApp, *, first: int, every: int | None = None) -> ASGIApp:
    """The read with that number, counted from 1, is answered with 503, and ``every`` so many after
    it."""
    numbers = count(1)

    def fails(scope: Scope) -> bool:
        if scope["method"] != "GET":
            return False
        number = next(numbers)
        return number == first or (every is not None and number % every == first % every)

    return _answering(app, fails, 503, {"title": "Service Unavailable", "status": 503})


def closed(app: ASGIApp) -> ASGIApp:
    """Nobody can log in."""
    return _answering(
        app,
        lambda scope: scope["path"] == LOGIN,
        503,
        {"title": "Service Unavailable", "status": 503},
    )


def _product(scope: Scope) -> int | None:
    """The id of the product that is requested."""
    if scope["type"] != "http" or not scope["path"].startswith(PRODUCT):
        return None
    wanted = scope["path"].removeprefix(PRODUCT)
    return int(wanted) if wanted.isdigit() else None


def _at(scope: Scope, path: str) -> Scope:
    return {**scope, "path": path, "raw_path": path.encode()}


def _answering(
    app: ASGIApp, applies: Callable[[Scope], bool], status: int, body: object
) -> ASGIApp:
    """The requests that it ``applies`` to are answered like that, and never reach the shop."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and applies(scope):
            await JSONResponse(body, status)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return layer
