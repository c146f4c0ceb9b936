"""Writes down every request that an application receives."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.course.visits import Visit, Visits
from app.lab.wire.ledger import CURRENT

_BEARER = "Bearer "


class Recorder:
    """A layer around a served application, inside the one that counts its work."""

    def __init__(self) -> None:
        self._app: ASGIApp
        self._visits: list[Visit] = []

    def around(self, app: ASGIApp) -> ASGIApp:
        """``app`` with this recorder around it."""
        self._app = app
        return self

    @property
    def visits(self) -> Visits:
        """The requests that are over."""
        return Visits(tuple(self._visits))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = size = 0

        async def noting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            record = CURRENT.get()
            self._visits.append(
                Visit(
                    scope["method"],
                    scope["path"],
                    scope["query_string"].decode("latin-1"),
                    status,
                    size,
                    record.statements if record else 0,
                    _token(scope),
                    scope["client"][1] if scope["client"] else 0,
                )
            )


def _token(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization" and value.startswith(_BEARER.encode()):
            return str(value.decode("latin-1").removeprefix(_BEARER))
    return None
