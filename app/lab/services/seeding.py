"""Loads the data of the template database, in a separate process.

Loading takes memory and CPU time that the long-lived supervisor should not hold on to.
"""

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from app.lab.services.errors import ServicesError
from app.lab.services.messages import MAX_BYTES, decode, encode
from app.lab.services.processes import spawn

Progress = Callable[[str, float], None]
"""Called with a description of the current step and the fraction done, from 0 to 1."""


class Seed(Protocol):
    """The interface of a module that provides the data."""

    def fingerprint(self) -> str: ...

    def seed(self, dsn: str, progress: Progress | None = None) -> Awaitable[None]: ...


def load_seed() -> Seed:
    """The course's seed, or the module that ``COURSE_SEED`` names (for tests)."""
    return cast(
        Seed, importlib.import_module(os.environ.get("COURSE_SEED", "app.lab.services.seed"))
    )


async def run_seeding(dsn: str, progress: Progress) -> None:
    """Fill the empty database at ``dsn``. Raises ``ServicesError`` if that fails."""
    process = await spawn(
        [sys.executable, "-m", f"{__package__}.seeding_process"],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=MAX_BYTES,
    )
    try:
        await _follow(process, dsn, progress)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _follow(process: asyncio.subprocess.Process, dsn: str, progress: Progress) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(encode({"dsn": dsn}))
    problem = "the loading process exited early"
    async for line in process.stdout:
        message = decode(line)
        match message["event"]:
            case "progress":
                progress(message["text"], message["fraction"])
            case "error":
                problem = message["message"]
    if await process.wait() != 0:
        raise ServicesError(f"The course's data could not be loaded: {problem}.")
