"""Does the generator see that a server stalls, or does it suffer from coordinated omission?"""

from app.lab.load import measure
from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import STALL, STALLING_APP
from benchmarks.tool.finding import Finding, Scale, table

RATE, REQUESTS = 500, 12_000
TOLERANCE = 0.15
TRUE_P99 = 1e3 * (STALL - 0.01)
"""Milliseconds. Requests arrive evenly, and the 1 % that wait longest arrive in the first hundredth
of a second of a stall."""


async def run(scale: Scale) -> Finding:
    seconds = max(scale.seconds, 1.05 * REQUESTS / RATE)
    with app_server(STALLING_APP) as url:
        closed = await measure(url, connections=8, seconds=seconds)
        opened = await measure(url, connections=8, seconds=seconds, rate=RATE)
    measurements = {"closed loop": closed, "open loop": opened}
    p99 = {name: m.percentile(0.99) or 0.0 for name, m in measurements.items()}
    return Finding(
        claim="For a server that stalls for 300 ms of every second, the open loop reports a p99 "
        "within 15 % of the true one, and the closed loop hides the stalls.",
        holds=abs(p99["open loop"] / TRUE_P99 - 1) <= TOLERANCE
        and p99["closed loop"] < TRUE_P99 / 5,
        evidence=table(
            ["", "requests", "p50 ms", "p90 ms", "p99 ms", "p99 / true"],
            *(
                [
                    name,
                    f"{m.requests:,}",
                    f"{m.percentile(0.5) or 0:.1f}",
                    f"{m.percentile(0.9) or 0:.1f}",
                    f"{p99[name]:.1f}",
                    f"{p99[name] / TRUE_P99:.2f}",
                ]
                for name, m in measurements.items()
            ),
        ),
        remark=f"{RATE} requests per second in the open loop, 8 connections. The true p99 is "
        f"{TRUE_P99:.0f} ms: requests arrive evenly, and those in the first 10 ms of each stall "
        "are the 1 % that wait longest.",
    )
