"""What came of a run of Locust: its own word, and the server's."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from app.course.locust import Entry, Results
from app.course.visits import Visits
from app.course.work import Work
from app.lab.display.table import Table

_HEADERS = ["", "requests", "failed", "p50 ms", "p90 ms", "p99 ms"]


@dataclass(frozen=True)
class LocustRun:
    """Both sides of one run."""

    users: int
    results: Results
    """Locust's statistics."""
    seen: Visits
    """The requests that the server received."""
    work: Work
    """What they made the server do."""
    report: Path | None = None
    """Locust's own report, if it was to be saved."""

    @property
    def exit_code(self) -> int:
        return self.results.exit_code

    @property
    def requests(self) -> int:
        """As Locust counted them."""
        return self.results.total.requests

    @property
    def failures(self) -> int:
        """Those that Locust counted as failed."""
        return self.results.total.failures

    @property
    def rps(self) -> float:
        """Requests per second."""
        return self.results.rps

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the requests was answered, 0.5, 0.9 or 0.99, as
        Locust rounds them."""
        return self.results.total.percentiles[share]

    def table(self) -> Table:
        """Locust's statistics by name."""
        entries = [*self.results.entries, self.results.total]
        return Table(_HEADERS, [_row(entry) for entry in entries])

    def problems(self) -> list[str]:
        """A sentence for each kind of failure and each exception."""
        failed = [f"{count:,} × {what}" for what, count in self.results.errors.items()]
        raised = [
            f"{count:,} × raised in a user: {what}"
            for what, count in self.results.exceptions.items()
        ]
        return [*failed, *raised]

    def _headline(self) -> str:
        return (
            f"{self.users:,} users made {self.requests:,} requests in "
            f"{self.results.elapsed:,.0f} s: {self.rps:,.0f} per second. "
            f"Exit code {self.exit_code}."
        )

    def __str__(self) -> str:
        return "\n".join([self._headline(), str(self.table()), *self.problems()])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        problems = "".join(f"<li>{escape(one)}</li>" for one in self.problems())
        link = ""
        if self.report:
            name = escape(self.report.name)
            link = f'<p>Locust\'s own report: <a href="{name}" target="_blank">{name}</a></p>'
        return (
            f"<p><b>{escape(self._headline())}</b></p>{self.table().html()}"
            f"{f'<ul>{problems}</ul>' if problems else ''}{link}"
        )


def _row(entry: Entry) -> list[str]:
    name = f"{entry.method} {entry.name}".strip()
    times = [f"{ms:,.0f}" for ms in entry.percentiles.values()]
    return [name, f"{entry.requests:,}", f"{entry.failures:,}", *times]
