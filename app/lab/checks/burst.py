"""Many requests at once, and what came of them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from app.course.evidence import Burst, BurstObservation
from app.lab.serving.host import Host
from app.lab.serving.watchdog import watched

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 60
_IDLE_SECONDS = 1


async def send_burst(burst: Burst, host: Host) -> BurstObservation:
    """``burst.requests`` requests, at most ``burst.connections`` of them at a time."""
    before = host.total
    host.reset_peak()
    left = iter(range(burst.requests))
    customers = (_customer(host.url, burst.path, left) for _ in range(burst.connections))
    asked = await watched([host], asyncio.gather(*customers))
    statuses = Counter(status for one in asked for status in one)
    return BurstObservation(
        burst=burst,
        statuses=dict(sorted(statuses.items())),
        work=host.total - before,
        peak_connections=host.peak_connections,
    )


async def _customer(url: str, path: str, left: Iterator[int]) -> list[int]:
    """The statuses of one GET after the other, while any are ``left``."""
    import httpx

    # Given up before the server gives it up, so that no request meets a closing connection.
    limits = httpx.Limits(keepalive_expiry=_IDLE_SECONDS)
    # A client of its own: httpx looks at each connection of a pool for each request.
    async with httpx.AsyncClient(
        base_url=url, limits=limits, timeout=_TIMEOUT_SECONDS, verify=False
    ) as client:
        return [await _status(client, path) for _ in left]


async def _status(client: "httpx.AsyncClient", path: str) -> int:
    """The status of one GET, made again once where the connection breaks, as browsers do."""
    import httpx

    for _ in range(2):
        with suppress(httpx.TransportError):
            async with client.stream("GET", path) as response:
                async for _ in response.aiter_raw():
                    pass  # kept, the bodies of many that do not end would fill the memory
                return response.status_code
    return 0
