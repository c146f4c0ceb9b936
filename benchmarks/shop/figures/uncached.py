"""Uncached reads, against applications without a framework."""

from random import Random

from app.lab.load import Comparison, Ratio, Request, Target, compare
from app.lab.load.workload import PRODUCTS
from benchmarks.common.app_server import app_servers
from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import POOL, leased
from benchmarks.shop.scale import Scale
from benchmarks.shop.wording import all_at_least, arm_rows, problems_text

CONNECTIONS = 32
MIN_RATIO = 0.6
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
REFERENCES = (SAME, COLUMNS)
"""The arms with asyncpg's default pool. The arm without its reset is shown only for information."""


async def run(scale: Scale) -> Finding:
    with leased() as data, app_servers(ARMS, environment=data.environment) as urls:
        found = {name: await compare_reads(urls, name, scale.seconds) for name in READS}
    ratios = {name: shop_over(comparison) for name, comparison in found.items()}
    return Finding(
        claim=f"Uncached, the shop reaches at least {MIN_RATIO} times the requests per second of "
        "an ASGI application without a framework that runs the same SQL through asyncpg.",
        holds=all_at_least((ratios[name][arm] for name in READS for arm in REFERENCES), MIN_RATIO),
        evidence=table(
            [
                "read",
                "answered by",
                "requests/s",
                "server CPU, µs",
                "the shop vs this",
                "95 % interval",
            ],
            *(row for name in READS for row in arm_rows(name, found[name], ratios[name])),
        ),
        remark=f"{CONNECTIONS} connections, pools of {POOL}, {data.servers}; every response is the "
        "same JSON. asyncpg resets a connection when it is released to the pool, which takes a "
        "round trip. The shop does without, and so does one of the others."
        + problems_text(found.values()),
    )


def product_requests(count: int) -> tuple[Request, ...]:
    """Requests for ``count`` different products: random, but always the same."""
    ids = Random(11).sample(range(1, PRODUCTS), count)
    return tuple(Request(f"/api/products/{number}") for number in ids)


READS = {PRODUCT: product_requests(100), ORDERS: (Request(ORDERS),)}


async def compare_reads(urls: dict[str, str], name: str, seconds: float) -> Comparison:
    """Compare all arms, live at the same time. One that answers differently from the shop makes the
    comparison invalid."""
    arms = {arm: Target(url, READS[name]) for arm, url in urls.items()}
    return await compare(arms, connections=CONNECTIONS, seconds=seconds, width=0.03)


def shop_over(comparison: Comparison) -> dict[str, Ratio | None]:
    """The shop's speed as a multiple of each other arm's."""
    return {arm: ratio and ratio.inverse() for arm, ratio in comparison.ratios.items()}
