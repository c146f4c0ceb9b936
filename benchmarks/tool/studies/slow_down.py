"""Is a real slow-down of 10 % found?"""

from collections import Counter
from statistics import median

from app.lab.load import Comparison, LoadProcess, compare
from app.lab.load.clocks import process_cpu
from app.lab.load.observer import listeners
from app.lab.load.statistics import Verdict
from app.lab.load.target import Target
from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import PLAIN_APP
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.studies.identical import half, median_width

CONNECTIONS = 32
SLOWER_BY, MIN_SHARE = 0.10, 0.90
COMPARISONS = 0.4
"""As a share of the comparisons of identical servers, because each takes several times as long."""
ROUNDS = 2_000
CALIBRATIONS = 9
SMALLEST = 0.01
"""Of extra costs; anything below is noise."""


async def run(scale: Scale) -> Finding:
    """The handler burns enough CPU to make the whole request cost the server 10 % more."""
    count = max(1, round(COMPARISONS * scale.comparisons))
    slower = await rounds_for(SLOWER_BY)
    comparisons = [await compare_burning(slower, scale.seconds) for _ in range(count)]
    verdicts = Counter(comparison.verdicts["more"] for comparison in comparisons)
    rows = [[str(verdict), str(verdicts[verdict])] for verdict in Verdict]
    return Finding(
        claim="A real slow-down of 10 %, from CPU burned in the handler, is found in at least 90 % "
        f"of comparisons, within {scale.seconds:.0f} s each.",
        holds=verdicts[Verdict.SLOWER] >= MIN_SHARE * count,
        evidence=table(["verdict", "times"], *rows),
        remark=f"{count} comparisons. According to the servers' CPU clocks, the slower one used "
        f"{cpu_ratio(comparisons):.3f} times as much CPU per request. The median interval was "
        f"{half(median_width(comparisons))}, reached after {seconds_taken(comparisons):.0f} s of "
        "load.",
    )


async def compare_burning(rounds: int, seconds: float) -> Comparison:
    with app_server(PLAIN_APP) as one, app_server(PLAIN_APP) as other:
        return await compare(
            {"as it is": f"{one}/burning/{ROUNDS}", "more": f"{other}/burning/{rounds}"},
            connections=CONNECTIONS,
            seconds=seconds,
        )


async def rounds_for(share: float, calibrations: int = CALIBRATIONS) -> int:
    """The number of rounds with which a request costs the server that much more CPU."""
    with app_server(PLAIN_APP) as url:
        more = 9 * ROUNDS
        estimate = more * share / await _extra_cost(url, ROUNDS + more, calibrations)
        # Again close to the result, since the cost is not quite proportional to the rounds.
        correction = share / await _extra_cost(url, ROUNDS + round(estimate), calibrations)
    return ROUNDS + round(estimate * min(max(correction, 1 / 2), 2))


async def _extra_cost(url: str, rounds: int, calibrations: int) -> float:
    """CPU that a request costs the server beyond that of one with ``ROUNDS``, as a share."""
    # In turn, so that a machine that changes its speed meanwhile does so for both.
    pairs = [(await _cpu(url, ROUNDS), await _cpu(url, rounds)) for _ in range(calibrations)]
    return max(median(more / less for less, more in pairs) - 1, SMALLEST)


async def _cpu(url: str, rounds: int) -> float:
    """The server's CPU seconds per request."""
    target = Target(f"{url}/burning/{rounds}")
    (pid,) = listeners(target)
    async with LoadProcess() as load:
        await load.window(target, connections=CONNECTIONS, seconds=0.2)
        before = process_cpu(pid)
        window = await load.window(target, connections=CONNECTIONS, seconds=0.8)
        return (process_cpu(pid) - before) / window.requests


def cpu_ratio(comparisons: list[Comparison]) -> float:
    """The median ratio of the slower server's CPU per request to the other's."""
    pairs = [[m.cost.server_cpu_per_request for m in c.measurements.values()] for c in comparisons]
    return median(more / less for less, more in pairs if less and more)


def seconds_taken(comparisons: list[Comparison]) -> float:
    """The median time under load, of both arms together."""
    return median(sum(m.elapsed for m in c.measurements.values()) for c in comparisons)
