"""Where one request's time goes, for who asks for it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.shop.edge.headers import value_of
from app.shop.edge.profile import Profile, Steps


class Profiling:
    """Tells a request with the header ``X-Profile`` where its time went until its answer began.

    The answer is the same, with a ``Server-Timing`` header: ``total``, ``running`` (its own code on
    the event loop), ``waiting`` (the rest: for others, or for its turn), all in milliseconds, and
    where it ran. One request is profiled at a time; another that asks meanwhile goes without.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._busy = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._busy or not value_of(scope["headers"], b"x-profile"):
            await self.app(scope, receive, send)
            return
        profile = Profile()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                profile.stop()
                timing = (b"server-timing", profile.summary())
                message = {**message, "headers": [*message.get("headers", ()), timing]}
            await send(message)

        async def whole() -> None:
            await self.app(scope, receive, answer)

        self._busy = True
        profile.start()
        try:
            await Steps(whole(), profile)
        finally:
            profile.stop()
            self._busy = False
