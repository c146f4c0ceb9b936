"""Reads that the cache answers, beside FastAPI with an answer that is there already."""

import asyncio

from app.lab.load import Comparison, Request, Target, compare
from benchmarks.common.finding import Finding, table
from benchmarks.common.served import served, served_together
from benchmarks.shop.answers import body_of
from benchmarks.shop.arms.constant import BODY
from benchmarks.shop.data import Data, leased
from benchmarks.shop.figures.uncached import product_requests
from benchmarks.shop.scale import Scale
from benchmarks.shop.wording import arm_rows, faults, shown

CONNECTIONS = 32
LEAST = 0.9
PATH = "/api/products/1"
ONE, MANY = "one product", "200 products"
READS = {ONE: (Request(PATH),), MANY: product_requests(200)}
PLAIN, MEMORY, REDIS = (
    "FastAPI, constant bytes",
    "the shop, cache in memory",
    "the shop, cache in Redis",
)


async def run(scale: Scale) -> Finding:
    with leased() as data:
        found = await compare_caches(data, scale.seconds)
    return Finding(
        claim=f"From its cache in memory, the shop reaches at least {LEAST} times the requests per "
        "second of a plain FastAPI application that returns constant bytes.",
        met=shown((comparison.ratios[MEMORY] for comparison in found.values()), LEAST),
        seen=table(
            [
                "read",
                "answered by",
                "requests/s",
                "server CPU, µs",
                "times FastAPI",
                "95 % interval",
            ],
            *(row for name in READS for row in arm_rows(name, found[name], found[name].ratios)),
        ),
        remark=f"{CONNECTIONS} connections. The constant bytes are what the shop answers for "
        f"{PATH}, whichever product is asked for." + faults(found.values()),
    )


async def compare_caches(data: Data, seconds: float) -> dict[str, Comparison]:
    """All arms live at once, for each kind of read."""
    shops = {MEMORY: "benchmarks.shop.arms.shops:in_memory"}
    if data.has_redis:
        shops[REDIS] = "benchmarks.shop.arms.shops:in_redis"
    with served_together(shops, environment=data.environment) as urls:
        body = await asyncio.to_thread(body_of, urls[MEMORY], Request(PATH))
        app = "benchmarks.shop.arms.constant:plain"
        with served(app, environment={BODY: body.decode()}) as plain:
            return {name: await _compare({PLAIN: plain, **urls}, name, seconds) for name in READS}


async def _compare(urls: dict[str, str], name: str, seconds: float) -> Comparison:
    arms = {arm: Target(url, READS[name]) for arm, url in urls.items()}
    return await compare(
        arms, connections=CONNECTIONS, seconds=seconds, width=0.03, same_answer=name == ONE
    )
