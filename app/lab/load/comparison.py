"""Arms measured against a baseline, as data that renders itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any

from app.course.objects import Objects
from app.course.wording import count_of
from app.lab.display.figure import figure_html
from app.lab.display.markup import code_spans
from app.lab.display.table import Table
from app.lab.load.cost import cost_columns
from app.lab.load.measurement import PLAIN_HEADERS, Measurement
from app.lab.load.notes import notes_on
from app.lab.load.statistics import (
    DIFFERENT,
    Ratio,
    Verdict,
    judge,
    noise_of,
    percent,
    times,
)
from app.lab.load.tails import tail_ratio
from app.lab.load.wording import UNKNOWN, object_columns, quoted, work_columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TAIL = 0.99


@dataclass(frozen=True)
class Comparison:
    """The first arm is the baseline. Ratios compare speeds, arm over baseline: requests per second
    in a closed loop, 1 / median response time in an open one."""

    measurements: Mapping[str, Measurement]
    intervals: Mapping[str, Ratio]
    """For every arm but the baseline, trusted or not; ``ratios`` has only the trusted ones."""
    problems: Mapping[str, tuple[str, ...]]
    """Per arm, why it cannot be trusted; arms without problems are absent."""
    rounds: int
    floor: Ratio
    """The baseline against itself in the same run: how far from 1 two equal arms can appear."""
    repeats: frozenset[str] = frozenset()
    """Arms that are the baseline once more."""
    objects: Mapping[str, Objects] = field(default_factory=dict)
    """What one request to each arm made Python build, for the arms where it was counted."""

    @property
    def baseline(self) -> str:
        return next(iter(self.measurements))

    @property
    def work(self) -> dict[str, dict[str, float]]:
        """Work per request, for the arms whose server counts it."""
        return {
            arm: measurement.work.per_request()
            for arm, measurement in self.measurements.items()
            if measurement.work
        }

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return {arm: self._verdict(arm) for arm in self.intervals}

    def _verdict(self, arm: str) -> Verdict:
        if self._problems_with(arm):
            return Verdict.INVALID
        return Verdict.NOISY if self._noise_hides(arm) else judge(self.intervals[arm])

    def _noise_hides(self, arm: str) -> bool:
        factor = noise_of(self.floor)
        return self._odd_repeat is not None or (
            factor > 1 and 1 / factor <= self.intervals[arm].ratio <= factor
        )

    @property
    def _odd_repeat(self) -> str | None:
        """The baseline once more, where it appears to be faster or slower than itself."""
        for arm in self.repeats & self.intervals.keys():
            if not self._problems_with(arm) and judge(self.intervals[arm]) in DIFFERENT:
                return arm
        return None

    @property
    def noise(self) -> str | None:
        """Why this run cannot tell some or all arms apart; ``None`` if it is quiet enough."""
        if (arm := self._odd_repeat) is not None:
            return f"“{arm}” is “{self.baseline}” once more, and came out at {self.intervals[arm]}"
        if noise_of(self.floor) == 1:
            return None
        ends = f"{times(self.floor.low)} to {times(self.floor.high)}"
        return f"“{self.baseline}” against itself is {ends}"

    @property
    def ratios(self) -> dict[str, Ratio | None]:
        """``None`` for an invalid comparison: no ratio is better than a wrong one."""
        verdicts = self.verdicts
        return {
            arm: None if verdicts[arm] is Verdict.INVALID else interval
            for arm, interval in self.intervals.items()
        }

    @cached_property
    def tails(self) -> dict[str, Ratio]:
        """The p99 of an arm as a multiple of the baseline's: above 1 is slower. Only for trusted
        arms with enough windows and requests."""
        return {arm: tail for arm in self.intervals if (tail := self._tail(arm)) is not None}

    def _tail(self, arm: str) -> Ratio | None:
        pair = [self.measurements[name] for name in (self.baseline, arm)]
        if self._problems_with(arm) or any(measurement.overloaded for measurement in pair):
            return None
        windows = [[window.latencies for window in measurement.windows] for measurement in pair]
        return tail_ratio(windows[0], windows[1], TAIL)

    def _problems_with(self, arm: str) -> list[str]:
        """What invalidates the comparison of this arm with the baseline."""
        return [
            f"“{name}”: {problem}"
            for name in (self.baseline, arm)
            for problem in self.problems.get(name, ())
        ]

    @property
    def verdict(self) -> str:
        """A sentence for each arm but the baseline; arms with the same finding share one."""
        return " ".join(self._sentences())

    def _sentences(self) -> list[str]:
        groups: dict[str, list[str]] = {}
        for arm in self.intervals:
            groups.setdefault(self._finding(arm), []).append(arm)
        return [self._sentence(arms) for arms in groups.values()]

    def _finding(self, arm: str) -> str:
        """Equal for arms that share a sentence, which are those without a ratio to report."""
        if self.verdicts[arm] is Verdict.INVALID:
            return Verdict.INVALID
        shared = self.verdicts[arm] in (Verdict.UNSHOWN, Verdict.NOISY)
        return self.phrase(arm) if shared else f"arm {arm}"

    def _sentence(self, arms: Sequence[str]) -> str:
        verdict, interval = self.verdicts[arms[0]], self.intervals[arms[0]]
        names, baseline = quoted(arms), f"“{self.baseline}”"
        if verdict is Verdict.INVALID:
            reasons = "; ".join(
                dict.fromkeys(problem for arm in arms for problem in self._problems_with(arm))
            )
            return f"The comparison of {names} with {baseline} is invalid. {reasons}."
        if verdict is Verdict.NOISY:
            verb = "compare" if len(arms) > 1 else "compares"
            return (
                f"How {names} {verb} with {baseline}, this run cannot tell: {self.noise}. "
                "Measure again when the machine is less busy, or for longer."
            )
        if verdict is Verdict.UNSHOWN:
            each = "each of " if len(arms) > 1 else ""
            return f"Between {baseline} and {each}{names}, {self.phrase(arms[0])}."
        if verdict is Verdict.SAME:
            return (
                f"{names} is within ±5 % of {baseline} "
                f"(between {percent(interval.low)} and {percent(interval.high)})."
            )
        return f"{names} is {verdict} than {baseline}: {self._amount(interval)}."

    def _amount(self, interval: Ratio) -> str:
        if not self._open_loop:
            return (
                f"{times(interval.ratio)} the requests per second "
                f"({times(interval.low)} to {times(interval.high)})"
            )
        slowness = interval.inverse()
        return (
            f"{times(slowness.ratio)} the median response time "
            f"({times(slowness.low)} to {times(slowness.high)})"
        )

    @property
    def _open_loop(self) -> bool:
        return self.measurements[self.baseline].rate is not None

    def phrase(self, arm: str) -> str:
        """The verdict in a few words."""
        verdict, interval = self.verdicts[arm], self.intervals[arm]
        if verdict is Verdict.NOISY:
            return f"{verdict} ({self.noise})"
        if verdict is Verdict.UNSHOWN:
            if not isfinite(interval.high):
                return f"{verdict} (too few rounds)"
            return f"{verdict} (between {percent(interval.low)} and {percent(interval.high)})"
        return str(verdict)

    def to_json(self) -> dict[str, Any]:
        return {
            "baseline": self.baseline,
            "rounds": self.rounds,
            "arms": {arm: m.to_json() for arm, m in self.measurements.items()},
            "ratios": {arm: self.ratio_json(arm) for arm in self.intervals},
            "tails": {arm: interval_json(tail) for arm, tail in self.tails.items()},
            "floor": interval_json(self.floor),
            "problems": {arm: list(problems) for arm, problems in self.problems.items()},
        }

    def ratio_json(self, arm: str) -> dict[str, Any]:
        return {**interval_json(self.ratios[arm]), "verdict": self.phrase(arm)}

    def table(self) -> Table:
        """Work first, because it is the same on every machine; then the ratio; then the rest."""
        arms = list(self.measurements.values())
        work = work_columns([m.work for m in arms])
        if self.objects:
            work |= object_columns([self.objects.get(arm) for arm in self.measurements])
        costs = cost_columns([arm.cost for arm in arms])
        ratio = f"{'speed ' if self._open_loop else ''}vs “{self.baseline}”"
        tails = [f"p99 vs “{self.baseline}”"] if self.tails else []
        headers = ["", *work, ratio, "95 % interval", *PLAIN_HEADERS, *tails, *costs]
        rows = [
            [
                arm,
                *(cells[row] for cells in work.values()),
                *self._ratio_cells(arm),
                *m.cells(),
                *(self._tail_cell(arm) for _ in tails),
                *(cells[row] for cells in costs.values()),
            ]
            for row, (arm, m) in enumerate(self.measurements.items())
        ]
        return Table(headers, rows, self._caption()).transposed()

    def _tail_cell(self, arm: str) -> str:
        if arm == self.baseline:
            return "1"
        return str(self.tails[arm]) if arm in self.tails else UNKNOWN

    def _ratio_cells(self, arm: str) -> tuple[str, str]:
        if arm == self.baseline:
            return "1", UNKNOWN
        ratio = self.ratios[arm]
        if ratio is None:
            return "invalid", UNKNOWN
        return times(ratio.ratio), f"{times(ratio.low)} to {times(ratio.high)}"

    def _caption(self) -> str:
        first = self.measurements[self.baseline]
        regime = f"{first.rate:,.0f} requests/s offered" if first.rate else "closed loop"
        rounds = f"{count_of(self.rounds, 'round')}, {count_of(first.connections, 'connection')}"
        counts = ["Counts are per request."] if self.work else []
        sentences = [
            *counts,
            f"Requests/s and times: measured on this machine ({rounds}, {regime}).",
        ]
        if isfinite(self.floor.high):
            ends = f"{times(self.floor.low)} to {times(self.floor.high)}"
            sentences.append(f"“{self.baseline}” against itself in this run: {ends}.")
        return " ".join([*sentences, *notes_on(self.measurements)])

    def chart(self) -> "Figure":
        from app.lab.load.charts import ratio_chart

        return ratio_chart(self.baseline, self.ratios, self.verdicts, self.speed)

    @property
    def speed(self) -> str:
        """The quantity that the ratios compare."""
        return "speed (1 / median response time)" if self._open_loop else "requests per second"

    def alt_text(self) -> str:
        parts = [f"{arm}: {ratio or 'invalid'}" for arm, ratio in self.ratios.items()]
        return (
            f"{self.speed.capitalize()} as a multiple of {self.baseline}, with 95 % intervals. "
            f"{'; '.join(parts)}."
        )

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.verdict}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        sentences = "<br>".join(map(code_spans, self._sentences()))
        chart = figure_html(self.chart(), self.alt_text())
        return f"<p><strong>{sentences}</strong></p>{self.table().html()}{chart}"


def interval_json(ratio: Ratio | None) -> dict[str, float | None]:
    """A ratio with its interval as plain data; ``None`` for what is unknown."""
    known = ratio is not None and isfinite(ratio.high)
    return {
        "ratio": ratio.ratio if ratio and isfinite(ratio.ratio) else None,
        "ci_low": ratio.low if ratio and known else None,
        "ci_high": ratio.high if ratio and known else None,
    }
