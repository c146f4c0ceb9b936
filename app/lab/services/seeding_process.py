"""Loads the data into the database named on stdin; reports its progress on stdout."""

import asyncio
import os
import sys
from typing import Any

from app.lab.services.messages import decode, encode
from app.lab.services.seeding import load_seed


def main() -> int:
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # a stray print must not look like a message

    def report(**message: Any) -> None:
        output.write(encode(message))

    dsn = decode(sys.stdin.buffer.readline())["dsn"]

    def progress(text: str, fraction: float) -> None:
        report(event="progress", text=text, fraction=fraction)

    async def fill() -> None:
        await load_seed().seed(dsn, progress)

    try:
        asyncio.run(fill())
    except Exception as error:
        report(event="error", message=f"{type(error).__name__}: {error}"[:2000].rstrip("."))
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
