"""Bodies that are too large, or that would become so when unpacked."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.errors import problem

_OF_A_BODY = frozenset((b"content-length", b"content-encoding"))


class Limits:
    """Refuses a request whose body has more than ``max_body_bytes`` with 413, a compressed one
    with 415.

    By its Content-Length it is refused unread. Without one it is counted as it comes, and the
    endpoint that reads it gets the 413 as an ``HTTPException``. The connection stays open: the
    server throws the rest away, and a client that reads only when it has sent everything finds
    this answer there, where closing would have reset the connection.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        about = {name: value for name, value in scope["headers"] if name in _OF_A_BODY}
        if about and (refusal := self._refusal(about)) is not None:
            await refusal(scope, receive, send)
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

    def _refusal(self, about: dict[bytes, bytes]) -> Response | None:
        if about.get(b"content-encoding", b"identity").lower() != b"identity":
            accepted = {"Accept-Encoding": "identity"}
            return problem(415, "A compressed body is not accepted.", headers=accepted)
        length = about.get(b"content-length", b"0")
        if not length.isdigit():
            return problem(400, "Content-Length is not a number.")
        if len(length) > 18 or int(length) > self.max_body_bytes:
            return problem(413, self._too_large)
        return None
