"""Caches responses of an application that would take too long each time."""

from collections.abc import Collection
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 600.0
"""A token is valid for longer."""


class ResponseCache:
    """A layer that answers a POST with the same body as it was answered before with 200."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths
        self._known: dict[tuple[str, bytes], tuple[float, list[Message]]] = {}

    def around(self, app: ASGIApp) -> ASGIApp:
        """``app`` with this cache in front of it."""

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"] not in self._paths:
                await app(scope, receive, send)
                return
            key = scope["path"], await _body(receive)
            since, answer = self._known.get(key, (0.0, []))
            if not answer or monotonic() > since + SECONDS:
                answer = await _answer(app, scope, key[1])
                if answer[0]["status"] == 200:
                    self._known[key] = monotonic(), answer
            for message in answer:
                await send(message)

        return layer


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _answer(app: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return messages
