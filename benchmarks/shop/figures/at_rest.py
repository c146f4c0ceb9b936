"""How much memory a worker has when it has nothing to do."""

import asyncio

import httpx
import psutil

from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import leased
from benchmarks.shop.one_of_each import add_products, ask_one_of_each
from benchmarks.shop.scale import Scale
from benchmarks.shop.worker import compiled, worker

MOST = 120.0
"""MB."""


async def run(scale: Scale) -> Finding:
    with (
        leased() as data,
        compiled(data.environment) as environment,
        worker(environment) as running,
    ):
        process = psutil.Process(running.pid)
        rows = [await look(process, scale, "its first answer")]
        asked = await ask_one_of_each(running.url, scale.country)
        held = await look(process, scale, "one request of each kind")
        rows.append(held)
        await add_products(running.url, scale.products)
        rows.append(await look(process, scale, f"and {scale.products:,} products in one request"))
        async with httpx.AsyncClient(verify=False) as client:
            (await client.get(f"{running.url}/openapi.json")).raise_for_status()
        rows.append(await look(process, scale, "and its own description, /openapi.json"))
    return Finding(
        claim=f"A worker that has answered one request of each kind has at most {MOST:.0f} MB of "
        "resident memory when it has nothing to do.",
        met=held[1] <= MOST,
        seen=table(
            ["after", "resident (RSS), MB", "its own (USS), MB"],
            *([after, f"{rss:.1f}", f"{uss:.1f}"] for after, rss, uss in rows),
        ),
        remark=f"`uvicorn app.main:app`, {len(asked)} requests one after the other, exports of the "
        f"order lines in every form among them; {scale.rest:g} s of rest before each look."
        + (" The cache is in Redis." if data.has_redis else ""),
    )


async def look(process: psutil.Process, scale: Scale, after: str) -> tuple[str, float, float]:
    """What it is after, and its memory in MB: resident, and what would be free without it."""
    await asyncio.sleep(scale.rest)
    seen = process.memory_full_info()
    return after, seen.rss / 1e6, seen.uss / 1e6
