"""What a learner does in a notebook, under one group of environment variables after the other.

``python -m tests.lab.environment.session`` reads the groups by name from standard input, as JSON,
and prints what became of each: an empty text, or the error.
"""

import asyncio
import json
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, redirect_stdout

from app.lab import lab

CHARTS = ("MPL", "MATPLOTLIB")
CLIENTS = ("_PROXY", "SSL_CERT_FILE", "SSLKEYLOGFILE")


async def learn(variables: Collection[str]) -> None:
    """Raises whatever goes wrong. What takes long is done only where it may depend on them."""
    import httpx
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    await lab.start("pooling")
    seen = await lab.get("/api/orders?limit=2")
    assert seen.status == 200, seen.answer
    if any(name.startswith(CHARTS) for name in variables):
        assert seen._repr_html_(), "the waterfall"
    if any(name.upper().endswith(CLIENTS) for name in variables):
        assert await lab.log_in()
        burst = await lab.burst("/api/products/1", requests=4)
        assert burst.statuses == {200: 4}, burst
    # Written in cells of the lessons.
    async with httpx.AsyncClient(base_url=lab.url) as client:
        assert (await client.get("/api/products/1")).status_code == 200
    engine = create_async_engine(lab.settings.database_url)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW timezone"))).scalar() == "UTC"
    await engine.dispose()


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def main() -> dict[str, str]:
    outcomes = {}
    for name, variables in json.load(sys.stdin).items():
        with environment(variables):
            try:
                await learn(variables)
                outcomes[name] = ""
            except Exception as error:
                outcomes[name] = f"{type(error).__name__}: {error}"
    await lab.close()
    return outcomes


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        found = asyncio.run(main())
    print(json.dumps(found))
