"""How much memory an idle worker uses."""

import asyncio

import httpx
import psutil

from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import leased
from benchmarks.shop.one_of_each import add_products, request_one_of_each
from benchmarks.shop.scale import Scale
from benchmarks.shop.worker import precompiled, worker

MAX_MB = 120.0


async def run(scale: Scale) -> Finding:
    with (
        leased() as data,
        precompiled(data.environment) as environment,
        worker(environment) as running,
    ):
        process = psutil.Process(running.pid)
        rows = [await measure(process, scale, "its first response")]
        requests = await request_one_of_each(running.url, scale.country)
        after_each = await measure(process, scale, "one request of each kind")
        rows.append(after_each)
        await add_products(running.url, scale.products)
        after = f"and {scale.products:,} products in one request"
        rows.append(await measure(process, scale, after))
        async with httpx.AsyncClient(verify=False) as client:
            (await client.get(f"{running.url}/openapi.json")).raise_for_status()
        rows.append(await measure(process, scale, "and its own description, /openapi.json"))
    return Finding(
        claim=f"An idle worker that has answered one request of each kind uses at most {MAX_MB:.0f}"
        " MB of resident memory.",
        holds=after_each[1] <= MAX_MB,
        evidence=table(
            ["after", "resident (RSS), MB", "unique (USS), MB"],
            *([after, f"{rss:.1f}", f"{uss:.1f}"] for after, rss, uss in rows),
        ),
        remark=f"`uvicorn app.main:app`, {len(requests)} requests one after the other, including "
        f"exports of the order lines in every form; {scale.rest:g} s of idling before each "
        "measurement." + (" The cache is in Redis." if data.has_redis else ""),
    )


async def measure(process: psutil.Process, scale: Scale, after: str) -> tuple[str, float, float]:
    """``after`` and the memory in MB: resident, and what would be freed if the process exited."""
    await asyncio.sleep(scale.rest)
    memory = process.memory_full_info()
    return after, memory.rss / 1e6, memory.uss / 1e6
