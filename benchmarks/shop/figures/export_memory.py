"""How much memory an export takes."""

import asyncio
from dataclasses import replace

import psutil

from app.lab.load import LoadProcess, Target, Window
from app.lab.load.observer import listeners
from app.lab.serving.process_memory import PeakMemory, resident
from app.shop.export.forms import FORMS
from benchmarks.common.app_server import app_server
from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import leased
from benchmarks.shop.exports import ENCODINGS, GZIP, export_request
from benchmarks.shop.scale import Scale
from benchmarks.shop.worker import precompiled

SHOP = "benchmarks.shop.arms.shops:in_memory"
MAX_MB = 20.0
"""Above the memory of the idle process."""
SMALL = "Iceland"
"""The country whose order lines are exported to warm up: it loads all code and reads little."""


async def run(scale: Scale) -> Finding:
    growth, rows, errors = {}, [], 0
    with leased() as data, precompiled(data.environment) as environment:
        # The server's code has to be precompiled, too.
        await export_once(environment, "csv", GZIP, replace(scale, country=SMALL))
        for form in FORMS:
            for encoding in ENCODINGS:
                idle, peak, window = await export_once(environment, form, encoding, scale)
                growth[form, encoding] = (peak - idle) / 1e6
                errors += window.failed
                figures = (
                    window.body_bytes / 1e6,
                    window.elapsed,
                    idle / 1e6,
                    peak / 1e6,
                    growth[form, encoding],
                )
                rows.append([form, encoding, *(f"{value:.1f}" for value in figures)])
    return Finding(
        claim=f"An export never takes more than {MAX_MB:.0f} MB of memory.",
        holds=not errors and max(growth.values()) < MAX_MB,
        evidence=table(
            ["form", "encoding", "MB sent", "seconds", "idle, MB", "peak, MB", "above idle, MB"],
            *rows,
        ),
        remark="Resident memory of the server's process: a new one for each row, which has sent "
        "small exports before. Sampled 100 times per second and, on Linux, the system's own "
        "high-water mark." + (f" {errors} exports failed." if errors else ""),
    )


async def export_once(
    environment: dict[str, str], form: str, encoding: str, scale: Scale
) -> tuple[int, int, Window]:
    """Bytes when idle, bytes at the peak, and the client's window with the export."""
    with app_server(SHOP, environment=environment) as url:
        small = Target(url, (export_request(form, SMALL, encoding),))
        whole = Target(url, (export_request(form, scale.country, encoding),))
        async with LoadProcess() as load:
            await load.window(small, connections=1, seconds=0.1)
            await asyncio.sleep(scale.rest)
            (pid,) = listeners(whole)
            idle = resident(psutil.Process(pid))
            with PeakMemory(pid) as peak:
                window = await load.window(whole, connections=1, seconds=0)
    return idle, peak.bytes, window
