"""Are the verdicts still correct while other work keeps all cores busy?"""

from app.lab.load import Comparison, compare
from app.lab.load.ceiling import null_server
from app.lab.load.statistics import DIFFERENT, Verdict
from benchmarks.common.app_server import app_server
from benchmarks.tool.apps import PLAIN_APP
from benchmarks.tool.busy import busy_machine
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.studies.identical import (
    CONNECTIONS,
    SECONDS,
    compare_identical,
    half,
    median_width,
)

COMPARISONS = 0.1
"""Of each kind, as a share of the comparisons of identical servers on a quiet machine."""
MAX_FALSE_POSITIVES = 0.2
"""The share of false positives that so few comparisons may show by chance."""
HEAVY = 40_000
"""Rounds of the loop, which cost several times the rest of the request."""


async def run(scale: Scale) -> Finding:
    count = max(2, round(COMPARISONS * scale.comparisons))
    quiet = [await compare_identical() for _ in range(count)]
    with busy_machine():
        equal = [await compare_identical() for _ in range(count)]
        unequal = [await compare_unequal() for _ in range(count)]
        null = [await compare_null() for _ in range(count)]
    false_positives = sum(comparison.verdicts["B"] in DIFFERENT for comparison in equal)
    found = sum(comparison.verdicts["heavy"] is Verdict.SLOWER for comparison in unequal)
    invalid = sum(comparison.verdicts["B"] is Verdict.INVALID for comparison in null)
    # The first row is for comparison only: nobody knows how quiet the machine really was.
    rows = [
        _row("equal, without that work", quiet),
        _row("equal", equal),
        _row("one does several times the work", unequal),
        _row("null servers: the client is the limit", null),
    ]
    return Finding(
        claim="With every core kept busy by other work, the verdicts stay correct.",
        holds=false_positives <= max(1, MAX_FALSE_POSITIVES * count) and found == invalid == count,
        evidence=table(["servers", "verdicts", "median interval"], *rows),
        remark=f"{count} comparisons of {SECONDS:.0f} s of each kind, {CONNECTIONS} connections.",
    )


async def compare_unequal(seconds: float = SECONDS) -> Comparison:
    with app_server(PLAIN_APP) as one, app_server(PLAIN_APP) as other:
        arms = {"light": f"{one}/burning/0", "heavy": f"{other}/burning/{HEAVY}"}
        return await compare(arms, connections=CONNECTIONS, seconds=seconds)


async def compare_null(seconds: float = SECONDS / 2) -> Comparison:
    with null_server() as one, null_server() as other:
        arms = {"A": f"{one}/", "B": f"{other}/"}
        return await compare(arms, connections=CONNECTIONS, seconds=seconds)


def _row(servers: str, comparisons: list[Comparison]) -> list[str]:
    verdicts = [verdict for c in comparisons for verdict in c.verdicts.values()]
    counts = ", ".join(f"{verdicts.count(v)} × {v}" for v in Verdict if v in verdicts)
    return [servers, counts, half(median_width(comparisons))]
