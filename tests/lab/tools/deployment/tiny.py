"""A tiny application that starts at once: ``tests.lab.tools.deployment.tiny:create``."""

import asyncio
import os
import time
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from app.lab.tools.deployment.journal import LOADED, report
from app.lab.tools.deployment.reporting import Reporting

FLAG = "TINY_FLAG"
"""The environment variable with the path of a file: until it exists, ``/block`` blocks."""
SLOW_SECONDS, WAIT_SECONDS = 0.5, 3.5


def create() -> ASGIApp:
    report(LOADED)
    return Reporting(_app)


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    if scope["path"] == "/block":
        report("blocking")
        _block()
    if scope["path"] == "/wait":
        await asyncio.sleep(WAIT_SECONDS)
    if scope["path"] == "/slow":
        await asyncio.sleep(SLOW_SECONDS)
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def _block() -> None:
    while not Path(os.environ.get(FLAG, "no such file")).exists():
        time.sleep(0.01)
