"""One framework at one job: its measurement, and its ratio to FastAPI."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from app.lab.load import Comparison, Measurement
from app.lab.load.statistics import Ratio, log_ratio_interval
from app.lab.tools.frameworks.answers import Answer
from app.lab.tools.frameworks.framework import Framework
from app.lab.tools.frameworks.jobs import Access, Job

MIN_REQUESTS_FOR_P99 = 1_000
MIN_WINDOWS = 4
"""For an interval that means something."""


@dataclass(frozen=True, slots=True)
class Arm:
    slug: str
    """Of the framework."""
    access: Access

    @property
    def name(self) -> str:
        return f"{self.slug}, {self.access}"


@dataclass(frozen=True)
class JobResult:
    """One job, done by the same number of processes of each framework."""

    job: Job
    processes: int
    arms: tuple[Arm, ...]
    """The first is the baseline."""
    comparison: Comparison
    shares: Mapping[Arm, list[int]]
    """Connections of the load generator per process; empty with a single process."""


@dataclass(frozen=True, slots=True)
class WrkResult:
    """wrk's rate for the constant job on one core."""

    slug: str
    rps: float


@dataclass(frozen=True, slots=True)
class Row:
    """Everything known about one framework at one job."""

    job: Job
    processes: int
    framework: Framework
    access: Access
    rps: Ratio
    """Successful requests per second, with the 95 % interval of their mean."""
    times: Ratio | None
    """FastAPI's requests per second over this row's, from pairs of windows; with FastAPI's fastest
    data access if the job reads. ``None`` for FastAPI itself, and if invalid."""
    answer: Answer
    measurement: Measurement
    problems: tuple[str, ...]

    @property
    def has_interval(self) -> bool:
        """Whether there are enough windows for a meaningful interval."""
        return len(self.measurement.windows) >= MIN_WINDOWS

    @property
    def errors(self) -> int:
        return sum(self.measurement.errors.values())

    @property
    def p50_ms(self) -> float | None:
        return self.measurement.percentile(0.5)

    @property
    def p99_ms(self) -> float | None:
        """From at least 1,000 requests, which is fewer than the rest of the course requires."""
        latencies = self.measurement.latencies
        if latencies.total < MIN_REQUESTS_FOR_P99:
            return None
        seconds = latencies.percentile(0.99)
        return None if seconds is None else 1e3 * seconds

    @property
    def cpu_us(self) -> float | None:
        """The server's CPU time per request, over all its processes."""
        seconds = self.measurement.cost.server_cpu_per_request
        return None if seconds is None else 1e6 * seconds

    @property
    def memory_mb(self) -> float | None:
        memory = self.measurement.cost.memory
        return None if memory is None else memory / 1e6

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


def ratio_of(row: Row | None, base: Row | None) -> Ratio | None:
    """Requests per second of one row over those of another, from their pairs of windows.

    Args:
        row: A row of ``lab.frameworks()``, from its ``row(…)``.
        base: The row to compare it with.

    Returns:
        The ratio; its interval is unbounded with too few windows. ``None`` if either row is missing
        or invalid.
    """
    if row is None or base is None or row.problems or base.problems:
        return None
    pairs = [
        (a.rps, b.rps)
        for a, b in zip(base.measurement.windows, row.measurement.windows, strict=False)
        if a.requests and b.requests
    ]
    ratio = log_ratio_interval([a for a, _ in pairs], [b for _, b in pairs])
    return ratio if len(pairs) >= MIN_WINDOWS else Ratio(ratio.ratio, 0.0, inf)
