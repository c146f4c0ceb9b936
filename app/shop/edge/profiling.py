"""Profiling of single requests."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.edge.headers import value_of
from app.shop.edge.profile import Profile, Steps


class Profiling:
    """Profiles requests with the header ``X-Profile`` until the response starts.

    The response gets a ``Server-Timing`` header with ``total``, ``running`` (the request's own code
    on the event loop), ``waiting`` (for I/O or for the event loop), all in milliseconds, and the
    functions that took the most time. Only one request is profiled at a time; concurrent ones are
    served without a profile.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._busy = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._busy or not value_of(scope["headers"], b"x-profile"):
            await self.app(scope, receive, send)
            return
        profile = Profile()

        async def send_with_profile(message: Message) -> None:
            if message["type"] == "http.response.start":
                profile.stop()
                timing = (b"server-timing", profile.summary())
                message = {**message, "headers": [*message.get("headers", ()), timing]}
            await send(message)

        async def run_app() -> None:
            await self.app(scope, receive, send_with_profile)

        self._busy = True
        profile.start()
        try:
            await Steps(run_app(), profile)
        finally:
            profile.stop()
            self._busy = False
