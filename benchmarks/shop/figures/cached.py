"""Reads answered from the cache, against FastAPI returning constant bytes."""

import asyncio

from app.lab.load import Comparison, Request, Target, compare
from benchmarks.common.app_server import app_server, app_servers
from benchmarks.common.finding import Finding, table
from benchmarks.shop.arms.constant import BODY
from benchmarks.shop.data import Data, leased
from benchmarks.shop.fetching import fetch_body
from benchmarks.shop.figures.uncached import product_requests
from benchmarks.shop.scale import Scale
from benchmarks.shop.wording import all_at_least, arm_rows, problems_text

CONNECTIONS = 32
MIN_RATIO = 0.9
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
        claim=f"From its cache in memory, the shop reaches at least {MIN_RATIO} times the requests "
        "per second of a plain FastAPI application that returns constant bytes.",
        holds=all_at_least((comparison.ratios[MEMORY] for comparison in found.values()), MIN_RATIO),
        evidence=table(
            [
                "read",
                "answered by",
                "requests/s",
                "server CPU, µs",
                "vs FastAPI",
                "95 % interval",
            ],
            *(row for name in READS for row in arm_rows(name, found[name], found[name].ratios)),
        ),
        remark=f"{CONNECTIONS} connections. The constant bytes are the shop's response to {PATH}, "
        "whichever product is requested." + problems_text(found.values()),
    )


async def compare_caches(data: Data, seconds: float) -> dict[str, Comparison]:
    """Compare all arms, live at the same time, for each kind of read."""
    shops = {MEMORY: "benchmarks.shop.arms.shops:in_memory"}
    if data.has_redis:
        shops[REDIS] = "benchmarks.shop.arms.shops:in_redis"
    with app_servers(shops, environment=data.environment) as urls:
        body = await asyncio.to_thread(fetch_body, urls[MEMORY], Request(PATH))
        app = "benchmarks.shop.arms.constant:plain"
        with app_server(app, environment={BODY: body.decode()}) as plain:
            return {name: await _compare({PLAIN: plain, **urls}, name, seconds) for name in READS}


async def _compare(urls: dict[str, str], name: str, seconds: float) -> Comparison:
    arms = {arm: Target(url, READS[name]) for arm, url in urls.items()}
    return await compare(
        arms, connections=CONNECTIONS, seconds=seconds, width=0.03, same_answer=name == ONE
    )
