"""What the comparison found, as plain data that renders itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from app.lab.frameworks.answers import Answer, Key
from app.lab.frameworks.framework import Framework, Missing
from app.lab.frameworks.jobs import Access, Job
from app.lab.frameworks.pydantic_versions import PydanticComparison
from app.lab.frameworks.ratios import ENOUGH_WINDOWS, Ratios, ratio_of
from app.lab.load import Comparison, Measurement
from app.lab.load.statistics import Ratio, log_ratio_interval
from app.lab.machine import Machine
from app.lab.render.figure import figure_html
from app.lab.render.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Arm:
    slug: str
    """Of the framework."""
    access: Access

    @property
    def name(self) -> str:
        return f"{self.slug}, {self.access}"


@dataclass(frozen=True)
class Measured:
    """One job, done by so many processes of each framework."""

    job: Job
    processes: int
    arms: tuple[Arm, ...]
    """The first is what the others are compared with."""
    comparison: Comparison
    shares: Mapping[Arm, list[int]]
    """How many of the load's connections each process had; of several processes only."""


@dataclass(frozen=True, slots=True)
class Wrk:
    """What wrk saw of the constant job on one core."""

    slug: str
    rps: float


@dataclass(frozen=True, slots=True)
class Row:
    """One framework at one job: all that is known of it."""

    job: Job
    processes: int
    framework: Framework
    access: Access
    rps: Ratio
    """Successful requests per second, with the 95 % interval of their mean."""
    times: Ratio | None
    """FastAPI's requests per second over this one's, from pairs of windows; FastAPI with its
    fastest data access where there is one. ``None`` for FastAPI itself, and where invalid."""
    answer: Answer
    measurement: Measurement
    problems: tuple[str, ...]

    @property
    def has_interval(self) -> bool:
        """Whether there are windows enough for one that says something."""
        return len(self.measurement.windows) >= ENOUGH_WINDOWS

    @property
    def errors(self) -> int:
        return sum(self.measurement.errors.values())

    @property
    def p50_ms(self) -> float | None:
        return self.measurement.percentile(0.5)

    @property
    def p99_ms(self) -> float | None:
        """Of fewer requests than the rest of the course asks for: at least 1,000."""
        latencies = self.measurement.latencies
        if latencies.total < FEWEST_FOR_P99:
            return None
        seconds = latencies.percentile(0.99)
        return None if seconds is None else 1e3 * seconds

    @property
    def cpu_us(self) -> float | None:
        """The server's processor time for one request, over all its processes."""
        seconds = self.measurement.cost.server_cpu_per_request
        return None if seconds is None else 1e6 * seconds

    @property
    def memory_mb(self) -> float | None:
        held = self.measurement.cost.memory
        return None if held is None else held / 1e6

    @property
    def statements(self) -> float:
        return self.answer.work.per_request()["statements"]

    @property
    def round_trips(self) -> float:
        return self.answer.work.per_request()["round_trips"]

    def to_json(self) -> dict[str, Any]:
        cost, times = self.measurement.cost, self.times
        return {
            "framework": self.framework.slug,
            "job": self.job.slug,
            "access": self.access,
            "processes": self.processes,
            "rps": self.rps.ratio,
            "rps_low": self.rps.low if self.has_interval else None,
            "rps_high": self.rps.high if self.has_interval else None,
            "fastapi_times": times and times.ratio,
            "fastapi_times_low": times and times.low,
            "fastapi_times_high": times and times.high,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "server_cpu_us": self.cpu_us,
            "server_memory_mb": self.memory_mb,
            "statements": self.statements,
            "round_trips": self.round_trips,
            "requests": self.measurement.requests,
            "errors": self.errors,
            "client_share": cost.client_share,
            "client_bound": cost.client_bound,
            "problems": list(self.problems),
        }


FEWEST_FOR_P99 = 1_000


@dataclass(frozen=True)
class Comparisons:
    """The five, or those that could run."""

    frameworks: tuple[Framework, ...]
    versions: Mapping[str, Mapping[str, str]]
    """By framework; ``postgresql`` has PostgreSQL's."""
    missing: tuple[Missing, ...]
    answers: Mapping[Key, Answer]
    wrong: Mapping[Key, str]
    """Who did not answer like the others, and was not measured at that."""
    measured: tuple[Measured, ...]
    wrk: tuple[Wrk, ...]
    lines: Mapping[str, int]
    pydantic: PydanticComparison
    machine: Machine
    connections: int
    pool: int

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for measured in self.measured for row in self._rows(measured))

    def _rows(self, measured: Measured) -> Iterator[Row]:
        by_slug = {framework.slug: framework for framework in self.frameworks}
        found = measured.comparison
        for arm in measured.arms:
            measurement = found.measurements[arm.name]
            ratio = found.ratios.get(arm.name)
            rates = [window.rps for window in measurement.windows if window.requests]
            yield Row(
                measured.job,
                measured.processes,
                by_slug[arm.slug],
                arm.access,
                log_ratio_interval([1.0] * len(rates), rates),
                ratio.inverse() if ratio and measured.arms[0].slug == "fastapi" else None,
                self.answers[arm.slug, measured.job.slug, arm.access],
                measurement,
                found.problems.get(arm.name, ()),
            )

    def row(
        self, framework: str, job: str, access: Access = "usual", processes: int = 1
    ) -> Row | None:
        """The one of these, by slugs; ``None`` where it was not measured."""
        wanted = (framework, job, access, processes)
        for row in self.rows:
            if (row.framework.slug, row.job.slug, row.access, row.processes) == wanted:
                return row
        return None

    def of(self, job: str, processes: int = 1) -> list[Row]:
        """All rows of one job."""
        return [row for row in self.rows if row.job.slug == job and row.processes == processes]

    def ratio(
        self, framework: str, job: str, access: Access = "usual", processes: int = 1
    ) -> Ratio | None:
        """Its requests per second over FastAPI's at the same, with the 95 % interval."""
        return ratio_of(
            self.row(framework, job, access, processes), self.row("fastapi", job, access, processes)
        )

    def ratios(self) -> Ratios:
        """Each framework on one core as a multiple of FastAPI, job by job."""
        return Ratios.of(self)

    def to_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine.to_json(),
            "versions": {name: dict(versions) for name, versions in self.versions.items()},
            "connections": self.connections,
            "pool": self.pool,
            "article_rps": {f.slug: f.article for f in self.frameworks},
            "lines": dict(self.lines),
            "rows": [row.to_json() for row in self.rows],
            "wrk_constant_rps": {one.slug: one.rps for one in self.wrk},
            "missing": {one.framework.slug: one.remedy for one in self.missing},
            "wrong": {", ".join(key): why for key, why in self.wrong.items()},
            "pydantic": self.pydantic.to_json(),
        }

    # --- Rendering ---------------------------------------------------------------------------

    def summary(self) -> Table:
        """Requests per second on one core, beside the article's."""
        from app.lab.frameworks.tables import summary

        return summary(self)

    def tables(self) -> list[tuple[str, Table]]:
        """A title and a table for each job and number of processes."""
        from app.lab.frameworks.tables import details

        return details(self)

    def chart(self) -> "Figure":
        from app.lab.frameworks.charts import chart

        return chart(self)

    def alt_text(self) -> str:
        from app.lab.frameworks.charts import alt_text

        return alt_text(self)

    @property
    def notes(self) -> list[str]:
        """What the numbers do not say by themselves, a sentence or a few each."""
        from app.lab.frameworks.tables import notes

        return notes(self)

    def text(self, width: int = 100) -> str:
        parts = [self.summary().text(width)]
        parts += [f"{title}\n\n{table.text(width)}" for title, table in self.tables()]
        parts += ["\n".join(line for note in self.notes for line in wrap(note, width))]
        if self.pydantic.rows:
            parts += [f"Pydantic 2 against Pydantic 1\n\n{self.pydantic.table().text(width)}"]
        elif self.pydantic.problem:
            parts += [self.pydantic.problem]
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        tables = "".join(
            f"<details><summary>{escape(title)}</summary>{table.html()}</details>"
            for title, table in self.tables()
        )
        chart = figure_html(self.chart(), self.alt_text())
        return f"{self.summary().html()}{chart}{tables}<ul>{notes}</ul>"
