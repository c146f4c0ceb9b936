"""As many requests at a time as a worker can answer in good time, and no queue behind them."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.shop.errors import problem

ALIVE = "/healthz"


class Admission:
    """Answers with 503 at once while ``limit`` requests are being answered.

    Those who would wait in a queue wait for nothing: by their turn they have given up. Whoever is
    refused at once can ask another worker. ``/healthz`` is always let in: a worker with all hands
    full is alive, and to restart it would make things worse.

    A stream counts as long as it lasts. That few exports run at a time sees their endpoint to: it
    knows what they hold, which is a connection to the database and not the worker.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit
        self.running = 0
        # Made once: whoever is overrun has no time to write refusals.
        self._full = problem(
            503, f"{limit} requests are being answered already.", headers={"Retry-After": "1"}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == ALIVE:
            await self.app(scope, receive, send)
            return
        if self.running >= self.limit:
            await self._full(scope, receive, send)
            return
        self.running += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.running -= 1
