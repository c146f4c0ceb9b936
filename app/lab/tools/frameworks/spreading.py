"""Distributes the load's connections among a server's processes, as a load balancer would.

If all connections open at once, the process that wakes up first may accept every one of them; the
others stay idle, and only one core is measured. So they open one at a time, under load, and open
again if chance has left a process with too few.
"""

import asyncio
from collections import Counter
from contextlib import suppress

import psutil

from app.lab.load import LoadProcess, Target
from app.lab.tools.frameworks.server import RunningServer

STEP_SECONDS = 0.01
ATTEMPTS = 4
FAIR_ENOUGH = 0.5
"""The share of its fair share that the process with the fewest connections must have."""


async def spread(
    load: LoadProcess, target: Target, server: RunningServer, connections: int
) -> list[int]:
    """Open the connections to ``target``. Returns the number that each process accepted, in
    descending order, without processes that accepted none."""
    if len(server.process_tree) == 1:  # such as Go's, which uses all cores by itself
        return [connections]
    shares: list[int] = []
    for _ in range(ATTEMPTS):
        # The first step closes the connections of the previous attempt.
        for count in range(1, connections + 1):
            await load.window(target, connections=count, seconds=STEP_SECONDS)
        shares = await asyncio.to_thread(_shares, server, load.pid)
        if is_fair(shares, server.processes, connections):
            break
    return shares


def is_fair(shares: list[int], processes: int, connections: int) -> bool:
    """Whether the connections are distributed evenly enough."""
    return len(shares) >= processes and min(shares) >= FAIR_ENOUGH * connections / processes


def _shares(server: RunningServer, client: int) -> list[int]:
    """The number of the client's established connections for each of the server's processes."""
    port = int(server.url.rpartition(":")[2])
    with suppress(psutil.Error):
        ours = {
            c.laddr.port
            for c in psutil.Process(client).net_connections("tcp")
            if c.raddr and c.raddr.port == port and c.status == psutil.CONN_ESTABLISHED
        }
        accepted: Counter[int] = Counter()
        for process in server.process_tree:
            with suppress(psutil.Error):
                for c in process.net_connections("tcp"):
                    if c.raddr and c.laddr.port == port and c.raddr.port in ours:
                        accepted[process.pid] += 1
        return sorted(accepted.values(), reverse=True)
    return []
