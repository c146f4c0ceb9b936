"""How long a worker takes to start."""

import asyncio
from statistics import median

from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import leased
from benchmarks.shop.scale import Scale
from benchmarks.shop.start import packages, parts, python_alone
from benchmarks.shop.worker import precompiled, worker

MAX_SECONDS = 1.0
TOP = 5
"""Packages listed."""


async def run(scale: Scale) -> Finding:
    with leased() as data, precompiled(data.environment) as environment:
        imported = await asyncio.to_thread(packages, environment)
        starts, alone, timed = await asyncio.to_thread(start_often, environment, scale.starts)
    total = median(starts)
    medians = {part: median(run[part] for run in timed) for part in timed[0]}
    known = {"Python itself": median(alone), **medians}
    rest = total - sum(known.values())
    rows = {"until the first response": total, **known, "the rest": rest}
    top = list(imported.items())[:TOP]
    return Finding(
        claim=f"A worker answers within {MAX_SECONDS:g} s of the start of its process.",
        holds=total <= MAX_SECONDS,
        evidence=table(
            ["part", "seconds"],
            *([part, f"{seconds:.3f}"] for part, seconds in rows.items()),
            *([f"own modules of {package}", f"{seconds:.3f}"] for package, seconds in top),
        ),
        remark=f"`uvicorn app.main:app`, median of {scale.starts} starts ({min(starts):.2f} to "
        f"{max(starts):.2f} s), with a request to /healthz every 2 ms. The parts are medians, too, "
        "of other starts; the packages are from one with `-X importtime`, which slows it down. All "
        "code has been compiled by an earlier start.",
    )


def start_often(
    environment: dict[str, str], times: int
) -> tuple[list[float], list[float], list[dict[str, float]]]:
    """Repeatedly time a worker's start, Python alone, and each part of a start, in seconds;
    blocking."""
    starts, alone, timed = [], [], []
    for _ in range(times):
        with worker(environment) as running:
            starts.append(running.seconds)
        alone.append(python_alone())
        timed.append(parts(environment))
    return starts, alone, timed
