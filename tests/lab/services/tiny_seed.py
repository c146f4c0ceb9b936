"""A seed of three rows, which loads at once."""

from collections.abc import Callable

import asyncpg


def fingerprint() -> str:
    return "0123456789ab"


async def seed(dsn: str, progress: Callable[[str, float], None] | None = None) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE things (id int PRIMARY KEY)")
        if progress:
            progress("Loading things", 0.5)
        await connection.execute("INSERT INTO things SELECT generate_series(1, 3)")
    finally:
        await connection.close()
