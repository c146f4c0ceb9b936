"""How much memory an export takes."""

import asyncio
from dataclasses import replace

import psutil

from app.lab.load import LoadProcess, Target, Window
from app.lab.load.observer import listeners
from app.shop.export.forms import FORMS
from benchmarks.common.finding import Finding, table
from benchmarks.common.served import served
from benchmarks.shop.data import leased
from benchmarks.shop.exports import ENCODINGS, GZIP, export_request
from benchmarks.shop.memory import Peak, resident
from benchmarks.shop.scale import Scale
from benchmarks.shop.worker import compiled

SHOP = "benchmarks.shop.arms.shops:in_memory"
MOST = 20.0
"""MB above what it has when it has nothing to do."""
SMALL = "Iceland"
"""Whose order lines are exported to warm up: all that is needed is loaded, and little read."""


async def run(scale: Scale) -> Finding:
    growth, rows, errors = {}, [], 0
    with leased() as data, compiled(data.environment) as environment:
        # What serves the shop is to be compiled, too.
        await export_once(environment, "csv", GZIP, replace(scale, country=SMALL))
        for form in FORMS:
            for encoding in ENCODINGS:
                idle, peak, window = await export_once(environment, form, encoding, scale)
                growth[form, encoding] = (peak - idle) / 1e6
                errors += window.failed
                told = (
                    window.body_bytes / 1e6,
                    window.elapsed,
                    idle / 1e6,
                    peak / 1e6,
                    growth[form, encoding],
                )
                rows.append([form, encoding, *(f"{value:.1f}" for value in told)])
    return Finding(
        claim=f"An export takes less than {MOST:.0f} MB of memory at any moment.",
        met=not errors and max(growth.values()) < MOST,
        seen=table(
            ["form", "encoding", "MB sent", "seconds", "idle, MB", "peak, MB", "above idle, MB"],
            *rows,
        ),
        remark="The resident memory of the server's process; a new one for each row, which has "
        "sent small exports before. Looked at 100 times a second, and on Linux the system's own "
        "high-water mark." + (f" {errors} exports failed." if errors else ""),
    )


async def export_once(
    environment: dict[str, str], form: str, encoding: str, scale: Scale
) -> tuple[int, int, Window]:
    """Bytes at rest and at most, and what the client saw of the export."""
    with served(SHOP, environment=environment) as url:
        small = Target(url, (export_request(form, SMALL, encoding),))
        whole = Target(url, (export_request(form, scale.country, encoding),))
        async with LoadProcess() as load:
            await load.window(small, connections=1, seconds=0.1)
            await asyncio.sleep(scale.rest)
            (pid,) = listeners(whole)
            idle = resident(psutil.Process(pid))
            with Peak(pid) as peak:
                window = await load.window(whole, connections=1, seconds=0)
    return idle, peak.bytes, window
