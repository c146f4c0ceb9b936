"""How far is the generator's own ceiling above the shop's capacity?"""

from app.lab.load import Comparison, Ratio, compare
from app.lab.load.ceiling import null_server
from app.lab.services import connect
from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import SHOP_APP
from benchmarks.tool.finding import Finding, Scale, table

CONNECTIONS = 32
MIN_HEADROOM = 5
PATHS = ("/healthz", "/api/products/1", "/api/categories", "/api/orders?limit=1")


async def run(scale: Scale) -> Finding:
    """The null server and the finished shop's lightest endpoints, all live, in one comparison."""
    comparison = await compare_with_null(scale.seconds)
    headroom = headroom_of(comparison)
    fastest = min(headroom, key=lambda path: headroom[path].ratio)
    rates = {name: f"{m.rps:,.0f}" for name, m in comparison.measurements.items()}
    rows = [[path, rates[path], str(headroom[path])] for path in PATHS]
    return Finding(
        claim=f"Its own ceiling is at least {MIN_HEADROOM} times the capacity of the finished "
        "shop's fastest endpoint.",
        holds=headroom[fastest].low >= MIN_HEADROOM,
        evidence=table(
            ["endpoint", "requests/s", "ceiling as a multiple"],
            ["(null server)", rates["null server"], "1"],
            *rows,
        ),
        remark=f"{comparison.rounds} rounds, {CONNECTIONS} connections, one worker.",
    )


async def compare_with_null(seconds: float) -> Comparison:
    with connect("benchmark of the tool") as client:
        lease = client.lease()
        environment = {"DATABASE_URL": lease.database_url, "REDIS_PREFIX": lease.redis_prefix}
        with null_server() as null, app_server(SHOP_APP, environment=environment) as url:
            return await compare(
                {"null server": f"{null}/", **{path: url + path for path in PATHS}},
                connections=CONNECTIONS,
                seconds=seconds,
                same_answer=False,
            )


def headroom_of(comparison: Comparison) -> dict[str, Ratio]:
    """The generator's ceiling as a multiple of each endpoint's capacity.

    The null server is deliberately limited by the client, so comparisons with it are *invalid*;
    their intervals are used regardless.
    """
    return {path: ratio.inverse() for path, ratio in comparison.intervals.items()}
