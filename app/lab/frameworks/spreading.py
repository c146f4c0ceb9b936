"""The load's connections, shared out among a server's processes as a load balancer would do it.

Of connections that all open at once, whichever process wakes up first may take every one: then the
others idle, and one core is measured. So they open one after the other, under load; and again,
where chance has left a process with too few.
"""

import asyncio
from collections import Counter
from contextlib import suppress

import psutil

from app.lab.frameworks.server import Served
from app.lab.load import LoadProcess, Target

STEP_SECONDS = 0.01
TRIES = 4
FAIR_ENOUGH = 0.5
"""Of its even share, what the process with the fewest connections must have."""


async def spread(load: LoadProcess, target: Target, served: Served, connections: int) -> list[int]:
    """Opens the connections to ``target``; how many each process that has some got, most first."""
    if len(served.family) == 1:  # as Go's, which uses all cores by itself
        return [connections]
    shares: list[int] = []
    for _ in range(TRIES):
        # The first step closes what the last try opened.
        for count in range(1, connections + 1):
            await load.window(target, connections=count, seconds=STEP_SECONDS)
        shares = await asyncio.to_thread(_shares, served, load.pid)
        if is_fair(shares, served.processes, connections):
            break
    return shares


def is_fair(shares: list[int], processes: int, connections: int) -> bool:
    """Whether they are shared out well enough."""
    return len(shares) >= processes and min(shares) >= FAIR_ENOUGH * connections / processes


def _shares(served: Served, client: int) -> list[int]:
    """Established connections of the client's, by process of the server."""
    port = int(served.url.rpartition(":")[2])
    with suppress(psutil.Error):
        ours = {
            c.laddr.port
            for c in psutil.Process(client).net_connections("tcp")
            if c.raddr and c.raddr.port == port and c.status == psutil.CONN_ESTABLISHED
        }
        held: Counter[int] = Counter()
        for process in served.family:
            with suppress(psutil.Error):
                for c in process.net_connections("tcp"):
                    if c.raddr and c.laddr.port == port and c.raddr.port in ours:
                        held[process.pid] += 1
        return sorted(held.values(), reverse=True)
    return []
