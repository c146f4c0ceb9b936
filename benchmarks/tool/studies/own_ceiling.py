"""How far is the generator's own limit from what the shop can answer?"""

from app.lab.load import Comparison, Ratio, compare
from app.lab.load.ceiling import null_server
from app.lab.services import connect
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.served import served

CONNECTIONS = 32
TIMES = 5
PATHS = ("/healthz", "/api/products/1", "/api/categories", "/api/orders?limit=1")


async def run(scale: Scale) -> Finding:
    """The null server and the finished shop's lightest endpoints, all live, in one comparison."""
    found = await compare_with_null(scale.seconds)
    headroom = headroom_of(found)
    fastest = min(headroom, key=lambda path: headroom[path].ratio)
    rows = [[path, f"{found.measurements[path].rps:,.0f}", str(headroom[path])] for path in PATHS]
    null_rps = found.measurements["null server"].rps
    return Finding(
        claim=f"Its own ceiling is at least {TIMES} times what the finished shop's fastest "
        "endpoint can serve.",
        met=headroom[fastest].low >= TIMES,
        seen=table(
            ["endpoint", "requests/s", "the ceiling, times that"],
            ["(null server)", f"{null_rps:,.0f}", "1"],
            *rows,
        ),
        remark=f"{found.rounds} rounds, {CONNECTIONS} connections, one worker.",
    )


async def compare_with_null(seconds: float) -> Comparison:
    with connect("benchmark of the tool") as client:
        lease = client.lease()
        environment = {"DATABASE_URL": lease.database_url, "REDIS_PREFIX": lease.redis_prefix}
        with null_server() as null, served("shop", environment=environment) as url:
            return await compare(
                {"null server": f"{null}/", **{path: url + path for path in PATHS}},
                connections=CONNECTIONS,
                seconds=seconds,
                same_answer=False,
            )


def headroom_of(found: Comparison) -> dict[str, Ratio]:
    """How many times what each endpoint can answer the generator can ask.

    The null server is bound by the client, which is its purpose, so its comparisons with the others
    are *invalid*, and their intervals are taken as they are.
    """
    return {path: ratio.inverse() for path, ratio in found.intervals.items()}
