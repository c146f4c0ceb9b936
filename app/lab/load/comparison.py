"""Arms measured against each other, as plain data that renders itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any

from app.lab.load.measurement import PLAIN_HEADERS, Measurement
from app.lab.load.statistics import Ratio, Verdict, judge, percent, times
from app.lab.load.wording import count_of, work_columns
from app.lab.render.figure import figure_html
from app.lab.render.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Comparison:
    """The first arm is the baseline. Ratios are of requests per second, arm over baseline."""

    measurements: Mapping[str, Measurement]
    intervals: Mapping[str, Ratio]
    """Of every arm but the baseline, trusted or not; ``ratios`` has the trusted ones."""
    problems: Mapping[str, tuple[str, ...]]
    """Per arm, why it cannot be trusted; arms without problems are absent."""
    rounds: int

    @property
    def baseline(self) -> str:
        return next(iter(self.measurements))

    @property
    def work(self) -> dict[str, dict[str, float]]:
        """Work counters per request, of the arms whose server counts."""
        return {
            arm: measurement.work.per_request()
            for arm, measurement in self.measurements.items()
            if measurement.work
        }

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return {
            arm: Verdict.INVALID if self._faults(arm) else judge(interval)
            for arm, interval in self.intervals.items()
        }

    @property
    def ratios(self) -> dict[str, Ratio | None]:
        """``None`` where the comparison is invalid: no ratio is better than a wrong one."""
        verdicts = self.verdicts
        return {
            arm: None if verdicts[arm] is Verdict.INVALID else interval
            for arm, interval in self.intervals.items()
        }

    def _faults(self, arm: str) -> list[str]:
        return [
            f"“{name}”: {problem}"
            for name in (self.baseline, arm)
            for problem in self.problems.get(name, ())
        ]

    @property
    def verdict(self) -> str:
        """A sentence for each arm but the baseline."""
        return " ".join(self._sentence(arm) for arm in self.intervals)

    def _sentence(self, arm: str) -> str:
        verdict, interval = self.verdicts[arm], self.intervals[arm]
        names = f"“{arm}”", f"“{self.baseline}”"
        if verdict is Verdict.INVALID:
            faults = "; ".join(dict.fromkeys(self._faults(arm)))
            return f"The comparison of {names[0]} with {names[1]} is invalid. {faults}."
        if verdict is Verdict.UNSHOWN:
            return f"Between {names[0]} and {names[1]}, {self.phrase(arm)}."
        if verdict is Verdict.SAME:
            return (
                f"{names[0]} is within ±5 % of {names[1]} "
                f"(between {percent(interval.low)} and {percent(interval.high)})."
            )
        return (
            f"{names[0]} is {verdict} than {names[1]}: {times(interval.ratio)} the requests per "
            f"second ({times(interval.low)} to {times(interval.high)})."
        )

    def phrase(self, arm: str) -> str:
        """The verdict in a few words."""
        verdict, interval = self.verdicts[arm], self.intervals[arm]
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
            "problems": {arm: list(problems) for arm, problems in self.problems.items()},
        }

    def ratio_json(self, arm: str) -> dict[str, Any]:
        ratio = self.ratios[arm]
        known = ratio is not None and isfinite(ratio.high)
        return {
            "ratio": ratio.ratio if ratio else None,
            "ci_low": ratio.low if ratio and known else None,
            "ci_high": ratio.high if ratio and known else None,
            "verdict": self.phrase(arm),
        }

    def table(self) -> Table:
        """Work first, because it is the same everywhere; then the ratio; then plain information."""
        work = work_columns([m.work for m in self.measurements.values()])
        headers = ["", *work, f"times “{self.baseline}”", "95 % interval", *PLAIN_HEADERS]
        rows = [
            [arm, *(cells[row] for cells in work.values()), *self._ratio_cells(arm), *m.cells()]
            for row, (arm, m) in enumerate(self.measurements.items())
        ]
        return Table(headers, rows, self._caption()).transposed()

    def _ratio_cells(self, arm: str) -> tuple[str, str]:
        if arm == self.baseline:
            return "1", "–"
        ratio = self.ratios[arm]
        if ratio is None:
            return "invalid", "–"
        return times(ratio.ratio), f"{times(ratio.low)} to {times(ratio.high)}"

    def _caption(self) -> str:
        first = self.measurements[self.baseline]
        notes = dict.fromkeys(n for m in self.measurements.values() for n in m.notes)
        regime = f"{first.rate:,.0f} requests/s offered" if first.rate else "closed loop"
        rounds = f"{count_of(self.rounds, 'round')}, {count_of(first.connections, 'connection')}"
        counts = ["Counts are per request."] if self.work else []
        return " ".join(
            [*counts, f"Requests/s and times: on this machine ({rounds}, {regime}).", *notes]
        )

    def chart(self) -> "Figure":
        from app.lab.load.charts import ratio_chart

        return ratio_chart(self.baseline, self.ratios, self.verdicts)

    def alt_text(self) -> str:
        parts = [f"{arm}: {ratio or 'invalid'}" for arm, ratio in self.ratios.items()]
        return (
            f"Requests per second as a multiple of {self.baseline}, with 95 % intervals. "
            f"{'; '.join(parts)}."
        )

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.verdict}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        sentences = "<br>".join(escape(self._sentence(arm)) for arm in self.intervals)
        chart = figure_html(self.chart(), self.alt_text())
        return f"<p><strong>{sentences}</strong></p>{self.table().html()}{chart}"
