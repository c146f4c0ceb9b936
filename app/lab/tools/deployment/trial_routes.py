"""Endpoints that a trial adds to the shop: a write that lasts until its worker has to stop, a
response without an end, and code that blocks its event loop."""

import asyncio
import os
import socket
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.lab.tools.deployment.journal import report

WRITING, STREAMING, BLOCKING = "writing", "streaming", "blocking"
"""What a worker reports when it has begun one of them."""
BLOCK_SECONDS = 4.0
WRITE_SECONDS = 1.0
"""That a write takes after its worker has stopped to accept connections. Both this and the worker's
own patience are measured in the worker, so a busy machine delays both."""
_LOOK_SECONDS = 0.05
_DESCRIPTORS = Path("/dev/fd")

router = APIRouter()


@router.post("/trial/write")
async def write() -> str:
    report(WRITING)
    while _accepts_connections():  # noqa: ASYNC110  nothing tells an application
        await asyncio.sleep(_LOOK_SECONDS)
    await asyncio.sleep(WRITE_SECONDS)
    return "written"


@router.get("/trial/stream")
async def stream() -> StreamingResponse:
    return StreamingResponse(_endless(), media_type="application/octet-stream")


@router.get("/trial/block")
async def block() -> str:
    report(BLOCKING)
    time.sleep(BLOCK_SECONDS)  # noqa: ASYNC251  on purpose
    return "blocked"


async def _endless() -> AsyncIterator[bytes]:
    report(STREAMING)
    while True:
        yield bytes(65_536)


def _accepts_connections() -> bool:
    """Whether a manager has not told this worker to stop yet."""
    return any(_is_listening(int(entry.name)) for entry in _DESCRIPTORS.iterdir())


def _is_listening(descriptor: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as copy:
            return bool(copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:  # closed in the meantime
        return False
