"""Reads that no cache answers, beside what can be had without a framework."""

from random import Random

from app.lab.load import Comparison, Ratio, Request, Target, compare
from app.lab.load.workload import PRODUCTS
from benchmarks.common.finding import Finding, table
from benchmarks.common.served import served_together
from benchmarks.shop.data import POOL, leased
from benchmarks.shop.scale import Scale
from benchmarks.shop.wording import arm_rows, faults, shown

CONNECTIONS = 32
LEAST = 0.6
PRODUCT, ORDERS = "/api/products/{id}", "/api/orders?limit=20"
SHOP, SAME, UNRESET, COLUMNS = (
    "the shop, without a cache",
    "bare ASGI, the same SQL",
    "bare ASGI, the same SQL, connections not reset",
    "bare ASGI, columns and orjson",
)
ARMS = {
    SHOP: "benchmarks.shop.arms.shops:uncached",
    SAME: "benchmarks.shop.arms.same_sql:pooled",
    UNRESET: "benchmarks.shop.arms.same_sql:unreset",
    COLUMNS: "benchmarks.shop.arms.columns:pooled",
}
HELD_AGAINST = (SAME, COLUMNS)
"""A pool as asyncpg has it. What could be gained without its reset is shown beside."""


async def run(scale: Scale) -> Finding:
    with leased() as data, served_together(ARMS, environment=data.environment) as urls:
        found = {name: await compare_reads(urls, name, scale.seconds) for name in READS}
    ratios = {name: shop_over(comparison) for name, comparison in found.items()}
    return Finding(
        claim=f"Uncached, the shop reaches at least {LEAST} times the requests per second of an "
        "ASGI application without a framework that runs the same SQL through asyncpg.",
        met=shown((ratios[name][arm] for name in READS for arm in HELD_AGAINST), LEAST),
        seen=table(
            [
                "read",
                "answered by",
                "requests/s",
                "server CPU, µs",
                "the shop, times that",
                "95 % interval",
            ],
            *(row for name in READS for row in arm_rows(name, found[name], ratios[name])),
        ),
        remark=f"{CONNECTIONS} connections, pools of {POOL}, {data.servers}; every answer is the "
        "same JSON. When a connection comes back to its pool, asyncpg resets it, which takes a "
        "round trip: the shop does without, and so does one of the others."
        + faults(found.values()),
    )


def product_requests(count: int) -> tuple[Request, ...]:
    """For so many different products, at random; the same every time."""
    ids = Random(11).sample(range(1, PRODUCTS), count)
    return tuple(Request(f"/api/products/{number}") for number in ids)


READS = {PRODUCT: product_requests(100), ORDERS: (Request(ORDERS),)}


async def compare_reads(urls: dict[str, str], name: str, seconds: float) -> Comparison:
    """All arms live at once. One that answers anything else than the shop makes it invalid."""
    arms = {arm: Target(url, READS[name]) for arm, url in urls.items()}
    return await compare(arms, connections=CONNECTIONS, seconds=seconds, width=0.03)


def shop_over(found: Comparison) -> dict[str, Ratio | None]:
    """The shop's speed as a multiple of each other arm's."""
    return {arm: ratio and ratio.inverse() for arm, ratio in found.ratios.items()}
