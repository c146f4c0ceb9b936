"""One framework at one job: what was measured, and what it comes to beside FastAPI."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from app.lab.frameworks.answers import Answer
from app.lab.frameworks.framework import Framework
from app.lab.frameworks.jobs import Access, Job
from app.lab.load import Comparison, Measurement
from app.lab.load.statistics import Ratio, log_ratio_interval

FEWEST_FOR_P99 = 1_000
ENOUGH_WINDOWS = 4
"""For an interval that says something."""


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


def ratio_of(one: Row | None, base: Row | None) -> Ratio | None:
    """Requests per second of one row over those of another, from their pairs of windows.

    Args:
        one: A row of ``lab.frameworks()``, from its ``row(…)``.
        base: The row to compare it with.

    Returns:
        The ratio; its interval is open-ended when there are few windows. ``None`` when either row
        is missing or invalid.
    """
    if one is None or base is None or one.problems or base.problems:
        return None
    pairs = [
        (a.rps, b.rps)
        for a, b in zip(base.measurement.windows, one.measurement.windows, strict=False)
        if a.requests and b.requests
    ]
    found = log_ratio_interval([a for a, _ in pairs], [b for _, b in pairs])
    return found if len(pairs) >= ENOUGH_WINDOWS else Ratio(found.ratio, 0.0, inf)
