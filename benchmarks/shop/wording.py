"""How ratios are told, and when they carry a claim."""

from collections.abc import Iterable, Mapping

from app.lab.load import Comparison, Measurement, Ratio

UNKNOWN = "–"


def arm_rows(
    name: str, found: Comparison, ratios: Mapping[str, Ratio | None]
) -> Iterable[list[str]]:
    """A row for each arm: ``name``, the arm, requests per second, CPU, and its ratio. The arm that
    has none is what the others are compared with."""
    for arm, seen in found.measurements.items():
        ratio = ends(ratios[arm]) if arm in ratios else ["1", ""]
        yield [name, arm, f"{seen.rps:,.0f}", cpu(seen), *ratio]


def ends(ratio: Ratio | None) -> list[str]:
    """Two cells: the ratio, and its 95 % interval. ``None``: it is invalid."""
    if ratio is None:
        return ["invalid", UNKNOWN]
    return [f"{ratio.ratio:.2f}", f"{ratio.low:.2f} to {ratio.high:.2f}"]


def shown(ratios: Iterable[Ratio | None], least: float) -> bool:
    """Whether each is at least ``least``, with the whole of its interval."""
    return all(ratio is not None and ratio.low >= least for ratio in ratios)


def cpu(seen: Measurement) -> str:
    """Processor time of the server's process, in microseconds a request."""
    seconds = seen.cost.server_cpu_per_request
    return UNKNOWN if seconds is None else f"{seconds * 1e6:,.0f}"


def faults(found: Iterable[Comparison]) -> str:
    """Why comparisons are invalid, as sentences; nothing where all are valid."""
    return "".join(
        f" “{arm}”: {'; '.join(problems)}."
        for comparison in found
        for arm, problems in comparison.problems.items()
    )
