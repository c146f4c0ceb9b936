"""Many requests at once, and what came of them."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from app.lab.server import Server
from app.lessons.evidence import Burst, BurstObservation

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 60
_IDLE_SECONDS = 1


async def send_burst(burst: Burst, server: Server) -> BurstObservation:
    """``burst.requests`` requests, at most ``burst.connections`` of them at a time."""
    import httpx

    before = server.ledger.total
    server.ledger.peak_connections = server.ledger.open_connections
    # Given up before the server gives it up, so that no request meets a closing connection.
    limits = httpx.Limits(max_connections=burst.connections, keepalive_expiry=_IDLE_SECONDS)
    async with httpx.AsyncClient(
        base_url=server.url, limits=limits, timeout=_TIMEOUT_SECONDS
    ) as client:
        statuses = Counter(
            await asyncio.gather(*(_status(client, burst.path) for _ in range(burst.requests)))
        )
    return BurstObservation(
        burst=burst,
        statuses=dict(sorted(statuses.items())),
        work=server.ledger.total - before,
        peak_connections=server.ledger.peak_connections,
    )


async def _status(client: "httpx.AsyncClient", path: str) -> int:
    """The status of one GET, made again once where the connection breaks, as browsers do."""
    import httpx

    for _ in range(2):
        with suppress(httpx.TransportError):
            return (await client.get(path)).status_code
    return 0
