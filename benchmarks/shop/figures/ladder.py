"""The finished shop against its first draft, under a typical day's load."""

from pathlib import Path

from app.lab.load import Ratio
from app.lab.load.figures import FOLDER, save
from app.lab.load.schedule import short
from app.lab.load.statistics import NEEDED, enough_samples
from app.lab.load.wording import UNKNOWN
from app.lab.serving.ladder import Ladder, ladder, rungs
from benchmarks.common.finding import Finding, table
from benchmarks.shop.report import REPORT
from benchmarks.shop.scale import Scale
from benchmarks.shop.wording import cpu, problems_text, ratio_cells

MIN_SPEED_UP, MAX_P99 = 30, 1 / 20
"""Of the requests per second and the p99, both as multiples of the first draft's."""
FOR_P99 = dict(NEEDED)[0.99]
LONGEST = 4.0
"""At most so many times as long as on a fast machine."""


async def run(scale: Scale) -> Finding:
    """Saves all rungs for the README if ``scale`` says so."""
    if scale.root is not None:
        save_for_readme(scale.root, await ladder(seconds=scale.ladder))
    results = await compare_ends(2.5 * scale.ladder)
    comparison = results.comparison
    draft, finished = results.shops.values()
    speed_up, tail = comparison.ratios[finished], comparison.tails.get(finished)
    return Finding(
        claim=f"The finished shop answers at least {MIN_SPEED_UP} times the requests per second of "
        "its first draft, with a p99 of at most a twentieth.",
        holds=_at_least(speed_up, MIN_SPEED_UP) and tail is not None and tail.high <= MAX_P99,
        evidence=table(
            ["the shop", "requests/s", "p50, ms", "p99, ms", "statements", "server CPU, µs"],
            *(_row(results, shop) for shop in (draft, finished)),
        ),
        remark=f"{_in_words('Requests per second', speed_up)} {_in_words('p99', tail)} The load is "
        "the mix in `app/lab/load/workload.py` on 16 connections, in a closed loop. Everything it "
        "writes is removed before the next window." + problems_text([comparison]),
    )


async def compare_ends(seconds: float) -> Ladder:
    """The first draft and the finished shop, for as long as the draft needs for a p99: at first
    ``seconds``, then longer on a machine where it did not answer enough in that time."""
    first, *_, last = rungs()
    # No early stop, because the draft needs all the time.
    results = await ladder((first, last), seconds=seconds, width=0)
    answered = next(iter(results.comparison.measurements.values())).requests
    if short() or enough_samples(0.99, answered):
        return results
    longer = seconds * min(LONGEST, 1.1 * FOR_P99 / max(answered, 1))
    return await ladder((first, last), seconds=longer, width=0)


def save_for_readme(root: Path, results: Ladder) -> None:
    save(root, "ladder", {"measured": REPORT.machine().strip("*"), "rungs": results.to_json()})
    figure = results.chart()
    figure.savefig(root / FOLDER / "ladder.png", dpi=190)


def _at_least(ratio: Ratio | None, minimum: float) -> bool:
    return ratio is not None and ratio.low >= minimum


def _in_words(quantity: str, ratio: Ratio | None) -> str:
    if ratio is None:
        return f"{quantity}: no valid ratio."
    value, interval = ratio_cells(ratio)
    return f"{quantity}: {value} times ({interval})."


def _row(results: Ladder, shop: str) -> list[str]:
    measurement = results.comparison.measurements[shop]
    statements = measurement.work.per_request()["statements"] if measurement.work else None
    return [
        shop,
        f"{measurement.rps:,.0f}",
        *(_milliseconds(measurement.percentile(share)) for share in (0.5, 0.99)),
        UNKNOWN if statements is None else f"{statements:.2f}",
        cpu(measurement),
    ]


def _milliseconds(time: float | None) -> str:
    return UNKNOWN if time is None else f"{time:,.1f}"
