"""HTTP methods: HEAD for every GET, and the methods allowed for a path."""

from collections.abc import Iterator

from starlette.routing import Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Head:
    """Handles HEAD requests like GET, since FastAPI's routes do not accept HEAD by themselves.

    It must be the innermost middleware: the outer ones see the method HEAD, and the body they need
    to compute the ``ETag``. The server omits the body. A streaming response is stopped at its first
    chunk.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message.get("more_body", False):
                raise _StopStream
            await send(message)

        try:
            await self.app({**scope, "method": "GET"}, receive, answer)
        except _StopStream:
            await send({"type": "http.response.body", "body": b""})


class _StopStream(Exception):
    """Raised to stop a streaming response to HEAD."""


def allowed_methods(scope: Scope) -> Iterator[str]:
    """The methods allowed for the path of this request, on all routes."""
    router: Router = scope["router"]
    for method in METHODS:
        candidate = {**scope, "method": method}
        if any(route.matches(candidate)[0] is Match.FULL for route in router.routes):
            yield from ("GET", "HEAD") if method == "GET" else (method,)
