"""Does the generator measure the same as wrk, and at what cost?"""

import asyncio
from random import Random
from statistics import mean, median

from app.lab.load import LoadProcess
from app.lab.load.statistics import log_ratio_interval
from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import PLAIN_APP
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.wrk import WrkWindow, run_wrk

CONNECTIONS = 32
TOLERANCE, MAX_COST = 0.05, 45 / 32


async def run(scale: Scale) -> Finding:
    """Windows of both in random order, on the same FastAPI server, for small and large bodies."""
    rows, holds = [], True
    for path, name in (("/small", "JSON of 75 bytes"), ("/large", "body of 20 KB")):
        pairs, own_cpu, wrk_cpu = await measure_pairs(path, scale.pairs)
        ratio = median(own / wrk for wrk, own in pairs)
        interval = log_ratio_interval([wrk for wrk, _ in pairs], [own for _, own in pairs])
        holds = holds and abs(ratio - 1) <= TOLERANCE and own_cpu <= MAX_COST * wrk_cpu
        rows.append(
            [
                name,
                f"{ratio:.3f}",
                f"{interval.low:.3f} to {interval.high:.3f}",
                f"{own_cpu * 1e6:.0f}",
                f"{wrk_cpu * 1e6:.0f}",
                f"{own_cpu / wrk_cpu:.2f}",
            ]
        )
    return Finding(
        claim="It reaches the same requests per second as wrk, within 5 % (median of the pairs), "
        "and uses at most 45 µs of CPU per request for every 32 µs that wrk uses.",
        holds=holds,
        evidence=table(
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
        "on uvicorn in a separate process.",
    )


async def measure_pairs(path: str, count: int) -> tuple[list[tuple[float, float]], float, float]:
    """Pairs of wrk's and our requests per second; our and wrk's CPU seconds per request."""
    order, pairs = Random(), []
    own_cpu, wrk_cpu = [], []
    with app_server(PLAIN_APP) as url:
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
