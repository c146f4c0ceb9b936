"""What a check sees of an answer: plain data, gathered by the lab, judged by the lesson."""

from dataclasses import dataclass, field
from typing import Any

from app.course.work import Work


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that a check makes."""

    path: str
    """With its query string, from the root: ``/api/orders?limit=20``."""
    method: str = "GET"
    json: Any = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of one probe, and what the finished shop answers to the same."""

    probe: Probe
    status: int
    answer: Any
    """The decoded JSON, or the text when it is none."""
    expected_status: int
    expected: Any
    work: Work
    statements: tuple[str, ...]
    """The SQL, in order, without transaction control."""
    by_learner: bool
    """Whether the code that answered came from the learner's cell."""
    exception: str | None = None
    """What the endpoint raised, with the line of the learner's cell where it did."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Many requests at once, after the probes."""

    path: str
    requests: int
    connections: int


@dataclass(frozen=True, slots=True)
class BurstObservation:
    burst: Burst
    statuses: dict[int, int]
    """How many requests got which status; 0 stands for a connection that broke."""
    work: Work
    peak_connections: int
    """The most connections to PostgreSQL that were open at one time."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a check has seen. ``answer`` is what the learner handed in."""

    answer: Any
    observations: tuple[Observation, ...] = ()
    bursts: tuple[BurstObservation, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
