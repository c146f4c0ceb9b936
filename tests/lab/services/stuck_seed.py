"""The tiny seed, which does not finish while ``STUCK`` is set."""

import asyncio
import os
from collections.abc import Callable

from tests.lab.services import tiny_seed


def fingerprint() -> str:
    return "abababababab"


async def seed(dsn: str, progress: Callable[[str, float], None] | None = None) -> None:
    await tiny_seed.seed(dsn, progress)
    if "STUCK" in os.environ:
        await asyncio.sleep(60)
