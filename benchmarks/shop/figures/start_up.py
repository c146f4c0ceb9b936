"""How long a worker takes until it answers."""

import asyncio
from statistics import median

from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import leased
from benchmarks.shop.scale import Scale
from benchmarks.shop.start import packages, parts, python_alone
from benchmarks.shop.worker import compiled, worker

MOST = 1.0
"""Seconds."""
TOP = 5


async def run(scale: Scale) -> Finding:
    with leased() as data, compiled(data.environment) as environment:
        imported = await asyncio.to_thread(packages, environment)
        starts, alone, each = await asyncio.to_thread(start_often, environment, scale.starts)
    whole = median(starts)
    middle = {part: median(one[part] for one in each) for part in each[0]}
    known = {"Python itself": median(alone), **middle}
    rest = whole - sum(known.values())
    rows = {"until the first answer": whole, **known, "the rest": rest}
    top = list(imported.items())[:TOP]
    return Finding(
        claim=f"A worker answers within {MOST:g} s of the start of its process.",
        met=whole <= MOST,
        seen=table(
            ["part", "seconds"],
            *([part, f"{seconds:.3f}"] for part, seconds in rows.items()),
            *([f"own modules of {package}", f"{seconds:.3f}"] for package, seconds in top),
        ),
        remark=f"`uvicorn app.main:app`, the median of {scale.starts} starts ({min(starts):.2f} to "
        f"{max(starts):.2f} s), asked for /healthz every 2 ms. The parts come from other starts, "
        "the medians too; the packages from one with `-X importtime`, which makes it slower. All "
        "code has been compiled by an earlier start.",
    )


def start_often(
    environment: dict[str, str], times: int
) -> tuple[list[float], list[float], list[dict[str, float]]]:
    """Seconds that a worker, Python alone, and each part of a start took, so many times in turn;
    blocking."""
    starts, alone, each = [], [], []
    for _ in range(times):
        with worker(environment) as running:
            starts.append(running.seconds)
        alone.append(python_alone())
        each.append(parts(environment))
    return starts, alone, each
