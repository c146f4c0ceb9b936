"""The finished shop beside its first draft, under the load of an ordinary day."""

from pathlib import Path

from app.lab.load import Ratio
from app.lab.load.figures import FOLDER, save
from app.lab.serving.ladder import Ladder, ladder, rungs
from benchmarks.common.finding import Finding, table
from benchmarks.shop.report import REPORT
from benchmarks.shop.scale import Scale
from benchmarks.shop.wording import UNKNOWN, cpu, ends, faults

FASTER, TAIL = 30, 1 / 20
"""Times the requests per second, and share of the p99."""


async def run(scale: Scale) -> Finding:
    """Where ``scale`` says so, keeps all rungs for the README."""
    if scale.root is not None:
        keep_for_readme(scale.root, await ladder(seconds=scale.ladder))
    first, *_, last = rungs()
    # To the end: the first draft needs all that time to answer as many as a p99 takes.
    found = await ladder((first, last), seconds=2.5 * scale.ladder, width=0)
    comparison = found.comparison
    draft, finished = found.shops.values()
    faster, tail = comparison.ratios[finished], comparison.tails.get(finished)
    return Finding(
        claim=f"The finished shop answers at least {FASTER} times the requests per second of its "
        "first draft, with a p99 of at most a twentieth.",
        met=_at_least(faster, FASTER) and tail is not None and tail.high <= TAIL,
        seen=table(
            ["the shop", "requests/s", "p50, ms", "p99, ms", "statements", "server CPU, µs"],
            *(_row(found, shop) for shop in (draft, finished)),
        ),
        remark=f"{_said('Requests per second', faster)} {_said('p99', tail)} The load is the mix "
        "of `app/lab/load/workload.py` on 16 connections, in a closed loop. What it writes is "
        "taken away before the next turn." + faults([comparison]),
    )


def keep_for_readme(root: Path, found: Ladder) -> None:
    save(root, "ladder", {"measured": REPORT.machine().strip("*"), "rungs": found.to_json()})
    figure = found.chart()
    figure.savefig(root / FOLDER / "ladder.png", dpi=190)


def _at_least(ratio: Ratio | None, least: float) -> bool:
    return ratio is not None and ratio.low >= least


def _said(what: str, ratio: Ratio | None) -> str:
    if ratio is None:
        return f"{what}: nothing that holds can be said."
    middle, interval = ends(ratio)
    return f"{what}: {middle} times ({interval})."


def _row(found: Ladder, shop: str) -> list[str]:
    seen = found.comparison.measurements[shop]
    statements = seen.work.per_request()["statements"] if seen.work else None
    return [
        shop,
        f"{seen.rps:,.0f}",
        *(_milliseconds(seen.percentile(share)) for share in (0.5, 0.99)),
        UNKNOWN if statements is None else f"{statements:.2f}",
        cpu(seen),
    ]


def _milliseconds(time: float | None) -> str:
    return UNKNOWN if time is None else f"{time:,.1f}"
