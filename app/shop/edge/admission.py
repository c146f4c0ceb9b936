"""Load shedding: a limit on concurrent requests, without a queue."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.shop.errors import problem

LIVENESS = "/healthz"


class Admission:
    """Rejects requests with 503 while ``limit`` requests are in progress.

    Under overload a queue does not help: clients time out before their requests are served. A
    client that is rejected immediately can retry with another worker. ``/healthz`` is exempt, since
    an overloaded worker is alive and restarting it would make the overload worse.

    A streaming response counts until it ends. Exports have a lower limit of their own, set by their
    endpoint, because each of them holds a database connection.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit
        self.in_progress = 0
        # Built once, so that rejecting costs as little as possible.
        self._overloaded = problem(
            503, f"{limit} requests are being answered already.", headers={"Retry-After": "1"}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == LIVENESS:
            await self.app(scope, receive, send)
            return
        if self.in_progress >= self.limit:
            await self._overloaded(scope, receive, send)
            return
        self.in_progress += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.in_progress -= 1
