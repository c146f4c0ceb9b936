"""One target under load: the sum of its windows, as plain data that renders itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from app.course.work import Work
from app.lab.display.figure import figure_html
from app.lab.display.table import Table
from app.lab.load.cost import Cost, cost_columns
from app.lab.load.histogram import Histogram
from app.lab.load.statistics import may_tell
from app.lab.load.window import Window
from app.lab.load.wording import (
    count_of,
    decimals,
    error_text,
    milliseconds,
    work_columns,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Measurement:
    """Times in seconds unless the name says otherwise."""

    url: str
    connections: int
    windows: tuple[Window, ...]
    work: Work | None = None
    """What the requests made the servers do, in all. ``work.per_request()`` for one request."""
    ceiling: float | None = None
    """Requests per second that the generator can make of replies of this size; measured only when
    it came to matter."""

    @property
    def requests(self) -> int:
        """Successes."""
        return sum(window.requests for window in self.windows)

    @property
    def errors(self) -> dict[str, int]:
        """Failures by kind."""
        total: Counter[str] = Counter()
        for window in self.windows:
            total.update(window.errors)
        return dict(total)

    @property
    def elapsed(self) -> float:
        return sum(window.elapsed for window in self.windows)

    @property
    def rps(self) -> float:
        """Successful requests per second."""
        return self.requests / self.elapsed if self.windows else 0.0

    @property
    def rate(self) -> float | None:
        """The rate of an open loop."""
        return self.windows[0].rate if self.windows else None

    @property
    def overloaded(self) -> bool:
        return any(window.overloaded for window in self.windows)

    @property
    def wire_bytes(self) -> int:
        return sum(window.wire_bytes for window in self.windows)

    @property
    def mean_body(self) -> int:
        """Bytes of a reply's body."""
        return round(sum(window.body_bytes for window in self.windows) / max(self.requests, 1))

    @cached_property
    def cost(self) -> Cost:
        """Processor time, memory and event-loop lag, on either side."""
        return Cost(self.windows, self.ceiling)

    @property
    def client_bound(self) -> bool:
        """Whether the load generator's own limit was measured."""
        return self.cost.client_bound

    @cached_property
    def latencies(self) -> Histogram:
        return Histogram.merged(window.latencies for window in self.windows)

    @cached_property
    def lateness(self) -> Histogram:
        """Open loop: how late the generator itself was."""
        return Histogram.merged(window.lateness for window in self.windows)

    def percentile(self, share: float) -> float | None:
        """Milliseconds; ``None`` where the samples do not carry it or the server was overloaded."""
        if self.overloaded or not may_tell(share, self.latencies.total):
            return None
        seconds = self.latencies.percentile(share)
        return None if seconds is None else seconds * 1e3

    @property
    def problems(self) -> tuple[str, ...]:
        """Why this measurement cannot be trusted; empty when it can."""
        found = []
        if not self.windows:
            found.append("nothing was measured")
        if self.errors:
            found.append(error_text(self.errors, self.requests))
        elif self.windows and not self.requests:
            found.append("no request was answered in time")
        if self.client_bound:
            found.append(f"the load generator, not the server, was the limit ({self.cost.split})")
        return tuple(found)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers do not say by themselves."""
        samples, found = self.latencies.total, []
        if self.overloaded:
            found.append(
                "The backlog kept growing: at this rate the server is overloaded, and a percentile "
                "would only tell how long the measurement ran."
            )
        elif not may_tell(0.99, samples):
            found.append(f"{samples:,} requests do not carry a p99: that takes 10,000.")
        if self.rate and self.windows and not self.overloaded:
            found.append(self._generator_note())
        if self.cost.warning:
            found.append(self.cost.warning)
        return tuple(found)

    def _generator_note(self) -> str:
        late = decimals(milliseconds(self.lateness.percentile(0.99)), 2)
        peak = max(window.backlog_peak for window in self.windows)
        waited = f"At most {count_of(peak, 'request')}" if peak else "No request"
        return f"{waited} had to queue; the generator itself was up to {late} ms late (p99)."

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.problems:
            return f"Invalid: {'; '.join(self.problems)}."
        if self.overloaded:
            return f"Overloaded at {self.rate:,.0f} requests per second: {self.rps:,.0f} answered."
        regime = (
            f"at a fixed rate of {self.rate:,.0f} per second"
            if self.rate
            else f"with {count_of(self.connections, 'connection')}"
        )
        return f"{self.rps:,.0f} requests per second on this machine, {regime}."

    def to_json(self) -> dict[str, Any]:
        result: dict[str, Any] = {
            "url": self.url,
            "requests": self.requests,
            "errors": self.errors,
            "rps": self.rps,
            "p50_ms": self.percentile(0.5),
            "p90_ms": self.percentile(0.9),
            "p99_ms": self.percentile(0.99),
            "p999_ms": self.percentile(0.999),
            "bytes": self.wire_bytes,
            "client_cpu": self.cost.client_cpu,
            "client_bound": self.client_bound,
            "elapsed": self.elapsed,
            "connections": self.connections,
            "rate": self.rate,
            "overloaded": self.overloaded,
            "work": self.work.per_request() if self.work else None,
            **self.cost.to_json(),
        }
        if self.rate:
            result["generator_late_p99_ms"] = milliseconds(self.lateness.percentile(0.99))
            result["backlog_peak"] = max(window.backlog_peak for window in self.windows)
        return result

    def cells(self) -> list[str]:
        """Requests per second and percentiles, as the tables show them."""
        told = [self.percentile(share) for share in (0.5, 0.9, 0.99)]
        return [f"{self.rps:,.0f}", *(decimals(ms, 1) for ms in told)]

    def table(self) -> Table:
        work = work_columns([self.work])
        costs = cost_columns([self.cost])
        headers = [*work, *PLAIN_HEADERS, *costs]
        row = [*first_of(work), *self.cells(), *first_of(costs)]
        notes = [*(["Counts are per request."] if work else []), "Times: on this machine."]
        notes += self.notes
        return Table(headers, [row], " ".join(notes))

    def chart(self) -> "Figure":
        from app.lab.load.charts import latency_chart

        return latency_chart({self.url: self.latencies})

    def alt_text(self) -> str:
        p50, p90 = self.percentile(0.5), self.percentile(0.9)
        told = [f"{name} {ms:.1f} ms" for name, ms in (("p50", p50), ("p90", p90)) if ms]
        return f"Share of requests answered within a time. {', '.join(told)}. {self.verdict}"

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.verdict}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        chart = figure_html(self.chart(), self.alt_text()) if self.latencies.total else ""
        return f"<p><strong>{escape(self.verdict)}</strong></p>{self.table().html()}{chart}"


PLAIN_HEADERS: Sequence[str] = ("requests/s", "p50 ms", "p90 ms", "p99 ms")


def first_of(columns: Mapping[str, list[str]]) -> list[str]:
    return [cells[0] for cells in columns.values()]
