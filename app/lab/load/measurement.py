"""One target under load: the sum of its windows, as data that renders itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.course.wording import count_of
from app.course.work import Work
from app.lab.display.figure import figure_html
from app.lab.display.markup import code_spans
from app.lab.display.table import Table
from app.lab.load.cost import Cost, cost_columns
from app.lab.load.histogram import Histogram
from app.lab.load.notes import notes_on
from app.lab.load.statistics import enough_samples
from app.lab.load.window import Window
from app.lab.load.wording import (
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
    """Total work that the requests caused; ``work.per_request()`` is the mean of one."""
    ceiling: float | None = None
    """Requests per second that the generator can reach with replies of this size; measured only
    when the generator worked hard enough for it to matter."""
    raised: str | None = None
    """What a request raised last, where requests failed and their server knows."""

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
        """Requests per second offered by an open loop; ``None`` in a closed one."""
        return self.windows[0].rate if self.windows else None

    @property
    def overloaded(self) -> bool:
        return any(window.overloaded for window in self.windows)

    @property
    def wire_bytes(self) -> int:
        return sum(window.wire_bytes for window in self.windows)

    @property
    def mean_body(self) -> int:
        """Mean size of a reply's body, in bytes."""
        return round(sum(window.body_bytes for window in self.windows) / max(self.requests, 1))

    @cached_property
    def cost(self) -> Cost:
        """CPU time, memory and event-loop lag of client and server."""
        return Cost(self.windows, self.ceiling)

    @property
    def client_bound(self) -> bool:
        """Whether the load generator was the limit, and not the server."""
        return self.cost.client_bound

    @cached_property
    def latencies(self) -> Histogram:
        return Histogram.merged(window.latencies for window in self.windows)

    @cached_property
    def lateness(self) -> Histogram:
        """Open loop: how late the generator itself was."""
        return Histogram.merged(window.lateness for window in self.windows)

    def percentile(self, share: float) -> float | None:
        """Milliseconds; ``None`` with too few samples for it or an overloaded server."""
        if self.overloaded or not enough_samples(share, self.latencies.total):
            return None
        seconds = self.latencies.percentile(share)
        return None if seconds is None else seconds * 1e3

    @property
    def problems(self) -> tuple[str, ...]:
        """Why this measurement cannot be trusted; empty if it can."""
        problems = []
        if not self.windows:
            problems.append("nothing was measured")
        if self.errors:
            raised = self.raised if "5xx" in self.errors else None
            problems.append(error_text(self.errors, self.requests, raised))
        elif self.windows and not self.requests:
            problems.append("no request was answered in time")
        if self.client_bound:
            problems.append(
                f"the load generator, not the server, was the limit ({self.cost.split})"
            )
        return tuple(problems)

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.problems:
            return f"Invalid: {'; '.join(self.problems)}."
        if self.overloaded:
            return f"Overloaded: {self.rps:,.0f} of {self.rate:,.0f} requests per second answered."
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
        """Requests per second and percentiles, as shown in tables."""
        percentiles = [self.percentile(share) for share in (0.5, 0.9, 0.99)]
        return [f"{self.rps:,.0f}", *(decimals(ms, 1) for ms in percentiles)]

    def table(self) -> Table:
        work = work_columns([self.work])
        costs = cost_columns([self.cost])
        headers = [*work, *PLAIN_HEADERS, *costs]
        row = [*first_of(work), *self.cells(), *first_of(costs)]
        notes = [*(["Counts are per request."] if work else []), "Times: measured on this machine."]
        return Table(headers, [row], " ".join([*notes, *notes_on({"": self})]))

    def chart(self) -> "Figure":
        from app.lab.load.charts import latency_chart

        return latency_chart({self.url: self.latencies})

    def alt_text(self) -> str:
        p50, p90 = self.percentile(0.5), self.percentile(0.9)
        known = [f"{name} {ms:.1f} ms" for name, ms in (("p50", p50), ("p90", p90)) if ms]
        return f"Share of requests answered within a given time. {', '.join(known)}. {self.verdict}"

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.verdict}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        chart = figure_html(self.chart(), self.alt_text()) if self.latencies.total else ""
        # Its columns as rows, which a narrow page has room for.
        table, path = self.table(), urlsplit(self.url).path or "/"
        rows = zip(table.headers, *table.rows, strict=True)
        upright = Table(["", path], [list(row) for row in rows], table.caption)
        return f"<p><strong>{code_spans(self.verdict)}</strong></p>{upright.html()}{chart}"


PLAIN_HEADERS: Sequence[str] = ("requests/s", "p50 ms", "p90 ms", "p99 ms")


def first_of(columns: Mapping[str, list[str]]) -> list[str]:
    return [cells[0] for cells in columns.values()]
