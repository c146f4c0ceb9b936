"""What a worker says of itself: that it is ready, that it has stopped, and which responses are its
own."""

import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.lab.tools.deployment.journal import READY, STOPPED, report

WORKER_HEADER = "x-worker"
"""The response header with the process id."""


class Reporting:
    """Reports when this worker is ready and when it has stopped, and signs each response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def observed(message: Message) -> None:
            match message["type"]:
                case "lifespan.startup.complete":
                    report(READY)
                case "lifespan.shutdown.complete":
                    report(STOPPED)
                case "http.response.start":
                    signature = (WORKER_HEADER.encode(), str(os.getpid()).encode())
                    message["headers"] = [*message.get("headers", ()), signature]
            await send(message)

        await self.app(scope, receive, observed)
