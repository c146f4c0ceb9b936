"""Is a true slow-down of a tenth found?"""

from collections import Counter
from statistics import median

from app.lab.load import Comparison, LoadProcess, compare
from app.lab.load.clocks import process_cpu
from app.lab.load.observer import listeners
from app.lab.load.statistics import Verdict
from app.lab.load.target import Target
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.served import served
from benchmarks.tool.studies.identical import half, typical_width

CONNECTIONS = 32
SLOWER_BY, FOUND = 0.10, 0.90
COMPARISONS = 0.4
"""Times as many as of identical servers: each takes several times as long."""
ROUNDS = 2_000


async def run(scale: Scale) -> Finding:
    """The handler burns a tenth more CPU for the whole request, measured by the server's CPU."""
    count = max(1, round(COMPARISONS * scale.comparisons))
    slower = await rounds_for(SLOWER_BY)
    found = [await compare_burning(slower, scale.seconds) for _ in range(count)]
    verdicts = Counter(comparison.verdicts["more"] for comparison in found)
    rows = [[str(verdict), str(verdicts[verdict])] for verdict in Verdict]
    return Finding(
        claim="A true slow-down of 10 %, by CPU burnt in the handler, is found in at least 90 % "
        f"of comparisons, within {scale.seconds:.0f} s each.",
        met=verdicts[Verdict.SLOWER] >= FOUND * count,
        seen=table(["verdict", "times"], *rows),
        remark=f"{count} comparisons. By the servers' own clocks the slower one used "
        f"{cpu_ratio(found):.3f} times the CPU for a request. The interval was "
        f"{half(typical_width(found))} wide after {seconds_taken(found):.0f} s of load, in the "
        "median.",
    )


async def compare_burning(rounds: int, seconds: float) -> Comparison:
    with served("plain") as one, served("plain") as other:
        return await compare(
            {"as it is": f"{one}/burning/{ROUNDS}", "more": f"{other}/burning/{rounds}"},
            connections=CONNECTIONS,
            seconds=seconds,
        )


async def rounds_for(share: float) -> int:
    """The rounds of the loop with which a request costs the server that much more CPU."""
    far = 10 * ROUNDS
    with served("plain") as url:
        least, most = await _cpu(url, ROUNDS), await _cpu(url, far)
    return ROUNDS + round(share * least * (far - ROUNDS) / (most - least))


async def _cpu(url: str, rounds: int) -> float:
    """The server's CPU seconds for a request."""
    target = Target(f"{url}/burning/{rounds}")
    (pid,) = listeners(target)
    async with LoadProcess() as load:
        await load.window(target, connections=CONNECTIONS, seconds=0.5)
        before = process_cpu(pid)
        window = await load.window(target, connections=CONNECTIONS, seconds=2)
        return (process_cpu(pid) - before) / window.requests


def cpu_ratio(found: list[Comparison]) -> float:
    """The slower server's CPU for a request over the other's, in the median."""
    pairs = [[m.cost.server_cpu_per_request for m in c.measurements.values()] for c in found]
    return median(more / one for one, more in pairs if one and more)


def seconds_taken(found: list[Comparison]) -> float:
    """Of load on both arms together, in the median."""
    return median(sum(m.elapsed for m in c.measurements.values()) for c in found)
