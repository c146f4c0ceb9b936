"""How ratios are presented, and when they support a claim."""

from collections.abc import Iterable, Mapping

from app.lab.load import Comparison, Measurement, Ratio
from app.lab.load.wording import UNKNOWN


def arm_rows(
    name: str, comparison: Comparison, ratios: Mapping[str, Ratio | None]
) -> Iterable[list[str]]:
    """A row for each arm: ``name``, the arm, requests per second, CPU time and its ratio. The arm
    without a ratio is the baseline."""
    for arm, measurement in comparison.measurements.items():
        ratio = ratio_cells(ratios[arm]) if arm in ratios else ["1", ""]
        yield [name, arm, f"{measurement.rps:,.0f}", cpu(measurement), *ratio]


def ratio_cells(ratio: Ratio | None) -> list[str]:
    """Two cells: the ratio and its 95 % interval. ``None``: invalid."""
    if ratio is None:
        return ["invalid", UNKNOWN]
    return [f"{ratio.ratio:.2f}", f"{ratio.low:.2f} to {ratio.high:.2f}"]


def all_at_least(ratios: Iterable[Ratio | None], minimum: float) -> bool:
    """Whether the whole interval of every ratio is at least ``minimum``."""
    return all(ratio is not None and ratio.low >= minimum for ratio in ratios)


def cpu(measurement: Measurement) -> str:
    """CPU time of the server's process, in microseconds per request."""
    seconds = measurement.cost.server_cpu_per_request
    return UNKNOWN if seconds is None else f"{seconds * 1e6:,.0f}"


def problems_text(comparisons: Iterable[Comparison]) -> str:
    """Why comparisons are invalid, as sentences; empty if all are valid."""
    return "".join(
        f" “{arm}”: {'; '.join(problems)}."
        for comparison in comparisons
        for arm, problems in comparison.problems.items()
    )
