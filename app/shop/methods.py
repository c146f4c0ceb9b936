"""Which methods a path has: HEAD wherever GET, and ``Allow`` with all of them."""

from collections.abc import Iterator

from starlette.routing import Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Head:
    """Answers HEAD as GET is answered, but without a body. FastAPI's routes know only what they
    name.

    It is the innermost layer: those around it see that HEAD was asked for, and the body that they
    make the tag from. To leave the body out is up to the server, which does it for all methods that
    have none. A stream is given up at its first piece.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message.get("more_body", False):
                raise _Enough
            await send(message)

        try:
            await self.app({**scope, "method": "GET"}, receive, answer)
        except _Enough:
            await send({"type": "http.response.body", "body": b""})


class _Enough(Exception):
    """More would follow, and nobody wants it."""


def allowed_methods(scope: Scope) -> Iterator[str]:
    """Those that the path of this request has, on whichever routes."""
    router: Router = scope["router"]
    for method in METHODS:
        asked = {**scope, "method": method}
        if any(route.matches(asked)[0] is Match.FULL for route in router.routes):
            yield from ("GET", "HEAD") if method == "GET" else (method,)
