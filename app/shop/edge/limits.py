"""Limits on request bodies."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.errors import problem

_BODY_HEADERS = frozenset((b"content-length", b"content-encoding"))


class Limits:
    """Rejects request bodies larger than ``max_body_bytes`` with 413, and compressed ones with 415.

    A body with a ``Content-Length`` is rejected unread. Without one, it is counted while it is
    read, and the endpoint that reads it gets an ``HTTPException`` with status 413. The connection
    stays open and the server discards the rest of the body: a client that sends everything before
    it reads can still receive the response, where closing would reset the connection.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name: value for name, value in scope["headers"] if name in _BODY_HEADERS}
        if headers and (rejection := self._rejection(headers)) is not None:
            await rejection(scope, receive, send)
            return
        size = 0

        async def receive_counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.max_body_bytes:
                raise HTTPException(413, self._too_large)
            return message

        await self.app(scope, receive_counted, send)

    @property
    def _too_large(self) -> str:
        return f"A body may have at most {self.max_body_bytes} bytes."

    def _rejection(self, headers: dict[bytes, bytes]) -> Response | None:
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            accepted = {"Accept-Encoding": "identity"}
            return problem(415, "A compressed body is not accepted.", headers=accepted)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            return problem(400, "Content-Length is not a number.")
        if len(length) > 18 or int(length) > self.max_body_bytes:
            return problem(413, self._too_large)
        return None
