"""Is a server's standing still seen?"""

from app.lab.load import measure
from benchmarks.tool.apps import STALL
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.served import served

RATE, REQUESTS = 500, 12_000
WITHIN = 0.15
TRUE_P99 = 1e3 * (STALL - 0.01)
"""Milliseconds. Customers come evenly; the one in a hundred that waits longest comes in the first
hundredth of a second of a pause."""


async def run(scale: Scale) -> Finding:
    seconds = max(scale.seconds, 1.05 * REQUESTS / RATE)
    with served("stalling") as url:
        closed = await measure(url, connections=8, seconds=seconds)
        opened = await measure(url, connections=8, seconds=seconds, rate=RATE)
    told = {"closed loop": closed, "open loop": opened}
    p99 = {name: found.percentile(0.99) or 0.0 for name, found in told.items()}
    return Finding(
        claim="Of a server that stands still for 300 ms in each second, the open loop reports a "
        "p99 within 15 % of the true one, and the closed loop hides it.",
        met=abs(p99["open loop"] / TRUE_P99 - 1) <= WITHIN and p99["closed loop"] < TRUE_P99 / 5,
        seen=table(
            ["", "requests", "p50 ms", "p90 ms", "p99 ms", "p99 / true"],
            *(
                [
                    name,
                    f"{found.requests:,}",
                    f"{found.percentile(0.5) or 0:.1f}",
                    f"{found.percentile(0.9) or 0:.1f}",
                    f"{p99[name]:.1f}",
                    f"{p99[name] / TRUE_P99:.2f}",
                ]
                for name, found in told.items()
            ),
        ),
        remark=f"{RATE} requests a second in the open loop, 8 connections. The true p99 is "
        f"{TRUE_P99:.0f} ms: customers come evenly, and those of the first 10 ms of each pause are "
        "the hundredth that waits longest.",
    )
