"""Does the generator see what wrk sees, and at what price?"""

import asyncio
from random import Random
from statistics import mean, median

from app.lab.load import LoadProcess
from app.lab.load.statistics import log_ratio_interval
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.served import served
from benchmarks.tool.wrk import WrkWindow, run_wrk

CONNECTIONS = 32
WITHIN, PRICE = 0.05, 45 / 32


async def run(scale: Scale) -> Finding:
    """Windows of either in random order, on the same FastAPI server, for small and large bodies."""
    rows, met = [], True
    for path, name in (("/small", "JSON of 75 bytes"), ("/large", "body of 20 KB")):
        pairs, own_cpu, wrk_cpu = await in_turn(path, scale.pairs)
        middle = median(own / wrk for wrk, own in pairs)
        interval = log_ratio_interval([wrk for wrk, _ in pairs], [own for _, own in pairs])
        met = met and abs(middle - 1) <= WITHIN and own_cpu <= PRICE * wrk_cpu
        rows.append(
            [
                name,
                f"{middle:.3f}",
                f"{interval.low:.3f} to {interval.high:.3f}",
                f"{own_cpu * 1e6:.0f}",
                f"{wrk_cpu * 1e6:.0f}",
                f"{own_cpu / wrk_cpu:.2f}",
            ]
        )
    return Finding(
        claim="It reaches the requests per second that wrk reaches, within 5 % (median of the "
        "pairs), and uses at most 45 µs of CPU for a request where wrk uses 32.",
        met=met,
        seen=table(
            [
                "reply",
                "median of ours / wrk's",
                "95 % interval of the mean",
                "our CPU, µs",
                "wrk's CPU, µs",
                "ours / wrk's",
            ],
            *rows,
        ),
        remark=f"{scale.pairs} pairs of windows of one second, {CONNECTIONS} connections, FastAPI "
        "on uvicorn in a process of its own.",
    )


async def in_turn(path: str, count: int) -> tuple[list[tuple[float, float]], float, float]:
    """Requests per second by wrk and by us, pair by pair; our and wrk's CPU seconds a request."""
    order, pairs = Random(), []
    own_cpu, wrk_cpu = [], []
    with served("plain") as url:
        async with LoadProcess() as load:
            await load.window(url + path, connections=CONNECTIONS, seconds=1)
            for _ in range(count):
                first = order.random() < 0.5
                before = await _by_wrk(url + path) if first else None
                own = await load.window(url + path, connections=CONNECTIONS, seconds=1)
                wrk = before or await _by_wrk(url + path)
                pairs.append((wrk.rps, own.rps))
                own_cpu.append(own.client_cpu / own.requests)
                wrk_cpu.append(wrk.cpu_per_request)
    return pairs, mean(own_cpu), mean(wrk_cpu)


async def _by_wrk(url: str) -> WrkWindow:
    return await asyncio.to_thread(run_wrk, url, connections=CONNECTIONS, seconds=1)
