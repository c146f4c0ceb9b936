"""How often are two identical servers called different?"""

from collections import Counter
from statistics import median

from app.lab.load import Comparison, compare
from app.lab.load.statistics import Verdict
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.served import served

CONNECTIONS, SECONDS = 32, 4.0
DIFFERENT = (Verdict.FASTER, Verdict.SLOWER)
MOST = 0.06
"""Share of false alarms."""


async def run(scale: Scale) -> Finding:
    found = [await compare_identical() for _ in range(scale.comparisons)]
    verdicts = Counter(comparison.verdicts["B"] for comparison in found)
    alarms = sum(verdicts[verdict] for verdict in DIFFERENT)
    return Finding(
        claim="Of 100 comparisons of identical servers at most 6 say that they differ.",
        met=alarms <= MOST * scale.comparisons and not verdicts[Verdict.INVALID],
        seen=table(
            ["verdict", "times"], *([str(verdict), str(verdicts[verdict])] for verdict in Verdict)
        ),
        remark=f"{scale.comparisons} comparisons of {SECONDS:.0f} s, each of two new processes, "
        f"{CONNECTIONS} connections. The interval was {half(typical_width(found))} in the median.",
    )


async def compare_identical(seconds: float = SECONDS) -> Comparison:
    with served("plain") as one, served("plain") as other:
        return await compare(
            {"A": f"{one}/small", "B": f"{other}/small"},
            connections=CONNECTIONS,
            seconds=seconds,
        )


def typical_width(found: list[Comparison]) -> float:
    """Of the intervals, as a share of the ratio, in the median."""
    return median(ratio.width for comparison in found for ratio in comparison.intervals.values())


def half(width: float) -> str:
    return f"±{width / 2:.1%}"
