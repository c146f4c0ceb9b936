"""How often does a comparison find a difference between identical servers?"""

from collections import Counter
from statistics import median

from app.lab.load import Comparison, compare
from app.lab.load.statistics import DIFFERENT, Verdict
from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import PLAIN_APP
from benchmarks.tool.finding import Finding, Scale, table

CONNECTIONS, SECONDS = 32, 4.0
MAX_SHARE = 0.06
"""Maximum share of false positives."""


async def run(scale: Scale) -> Finding:
    comparisons = [await compare_identical() for _ in range(scale.comparisons)]
    verdicts = Counter(comparison.verdicts["B"] for comparison in comparisons)
    false_positives = sum(verdicts[verdict] for verdict in DIFFERENT)
    return Finding(
        claim="Of 100 comparisons of identical servers, at most 6 find a difference.",
        holds=false_positives <= MAX_SHARE * scale.comparisons and not verdicts[Verdict.INVALID],
        evidence=table(
            ["verdict", "times"], *([str(verdict), str(verdicts[verdict])] for verdict in Verdict)
        ),
        remark=f"{scale.comparisons} comparisons of {SECONDS:.0f} s, each of two new processes, "
        f"{CONNECTIONS} connections. The median interval was {half(median_width(comparisons))}.",
    )


async def compare_identical(seconds: float = SECONDS) -> Comparison:
    with app_server(PLAIN_APP) as one, app_server(PLAIN_APP) as other:
        return await compare(
            {"A": f"{one}/small", "B": f"{other}/small"},
            connections=CONNECTIONS,
            seconds=seconds,
        )


def median_width(comparisons: list[Comparison]) -> float:
    """The median width of the intervals, as a share of the ratio."""
    return median(
        ratio.width for comparison in comparisons for ratio in comparison.intervals.values()
    )


def half(width: float) -> str:
    return f"±{width / 2:.1%}"
