"""``python -m benchmarks.shop.start_process`` prints the seconds of each part of a start as JSON.

It first imports nothing that the shop would otherwise have to import.
"""

import time
from typing import Any


def measure() -> dict[str, float]:
    begin = time.perf_counter()
    import asyncio

    import uvicorn.loops.auto
    import uvicorn.protocols.http.auto

    server = time.perf_counter()
    from app.main import app

    shop = time.perf_counter()
    with asyncio.Runner(loop_factory=uvicorn.Config(app).get_loop_factory()) as runner:
        startup = runner.run(_start_up(app))
    return {
        "importing uvicorn": server - begin,
        "importing and creating the shop": shop - server,
        "the shop's own start-up (lifespan)": startup,
    }


async def _start_up(app: Any) -> float:
    begin = time.perf_counter()
    async with app.router.lifespan_context(app):
        return time.perf_counter() - begin


if __name__ == "__main__":
    import json

    print(json.dumps(measure()))
