"""Faults of a shop, each as a layer around it. With all but the last two, every status is 200."""

from collections.abc import Callable
from itertools import count

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LISTS, PRODUCT, LOGIN = "/api/products", "/api/products/", "/api/auth/login"


def healthy(app: ASGIApp) -> ASGIApp:
    """The shop as it is."""
    return app


def empty_lists(app: ASGIApp) -> ASGIApp:
    """Lists of products have none, as after a migration gone wrong."""
    return _answering(app, lambda scope: scope["path"] == LISTS, 200, {"items": [], "next": None})


def mixed_up_products(app: ASGIApp) -> ASGIApp:
    """Each product is another one, as with a wrong cache key."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PRODUCT):
            wanted = scope["path"].removeprefix(PRODUCT)
            if wanted.isdigit():
                other = "2" if wanted == "1" else "1"
                scope = {**scope, "path": PRODUCT + other, "raw_path": (PRODUCT + other).encode()}
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
