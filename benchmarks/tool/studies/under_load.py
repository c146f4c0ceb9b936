"""Are the verdicts still right when something else keeps all cores busy?"""

from app.lab.load import Comparison, compare
from app.lab.load.ceiling import null_server
from app.lab.load.statistics import Verdict
from benchmarks.tool.busy import busy_machine
from benchmarks.tool.finding import Finding, Scale, table
from benchmarks.tool.served import served
from benchmarks.tool.studies.identical import (
    CONNECTIONS,
    DIFFERENT,
    SECONDS,
    compare_identical,
    half,
    typical_width,
)

COMPARISONS = 0.1
"""Of each kind, times as many as of identical servers on a quiet machine."""
MOST_ALARMS = 0.2
"""Share of false alarms that so few comparisons may show by chance."""
HEAVY = 40_000
"""Rounds of a loop: several times the rest of the request."""


async def run(scale: Scale) -> Finding:
    count = max(2, round(COMPARISONS * scale.comparisons))
    quiet = [await compare_identical() for _ in range(count)]
    with busy_machine():
        equal = [await compare_identical() for _ in range(count)]
        unequal = [await compare_unequal() for _ in range(count)]
        null = [await compare_null() for _ in range(count)]
    alarms = sum(comparison.verdicts["B"] in DIFFERENT for comparison in equal)
    found = sum(comparison.verdicts["heavy"] is Verdict.SLOWER for comparison in unequal)
    invalid = sum(comparison.verdicts["B"] is Verdict.INVALID for comparison in null)
    rows = [
        _row("equal, on a quiet machine", quiet),
        _row("equal", equal),
        _row("one does several times the work", unequal),
        _row("null servers: the client is the limit", null),
    ]
    return Finding(
        claim="With every core kept busy by something else the intervals grow and the verdicts "
        "stay right.",
        met=alarms <= max(1, MOST_ALARMS * count)
        and found == invalid == count
        and typical_width(equal) > typical_width(quiet),
        seen=table(["servers", "verdicts", "interval (median)"], *rows),
        remark=f"{count} comparisons of {SECONDS:.0f} s of each kind, {CONNECTIONS} connections.",
    )


async def compare_unequal(seconds: float = SECONDS) -> Comparison:
    with served("plain") as one, served("plain") as other:
        arms = {"light": f"{one}/burning/0", "heavy": f"{other}/burning/{HEAVY}"}
        return await compare(arms, connections=CONNECTIONS, seconds=seconds)


async def compare_null(seconds: float = SECONDS / 2) -> Comparison:
    with null_server() as one, null_server() as other:
        arms = {"A": f"{one}/", "B": f"{other}/"}
        return await compare(arms, connections=CONNECTIONS, seconds=seconds)


def _row(servers: str, found: list[Comparison]) -> list[str]:
    told = [verdict for comparison in found for verdict in comparison.verdicts.values()]
    verdicts = ", ".join(f"{told.count(v)} × {v}" for v in Verdict if v in told)
    return [servers, verdicts, half(typical_width(found))]
