"""What a check sees of an answer: plain data, gathered by the lab, judged by the lesson."""

from dataclasses import dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Work:
    """What some requests made the servers do. Counts, so the same on every machine.

    Transaction control (``BEGIN``, ``COMMIT``, ``ROLLBACK``) and pings count as round trips, not as
    statements. What the driver asks when it opens a connection counts as both.
    """

    requests: int = 0
    statements: int = 0
    """SQL statements executed."""
    round_trips: int = 0
    """Times the application sent something to PostgreSQL and had to wait for the answer."""
    connections: int = 0
    """Connections opened to PostgreSQL."""
    rows: int = 0
    """Rows that PostgreSQL returned or changed."""
    sql_bytes: int = 0
    """Bytes received from PostgreSQL."""
    redis_commands: int = 0
    response_bytes: int = 0
    """Bytes of the HTTP responses' bodies as sent."""

    def __add__(self, other: Self) -> Self:
        return type(self)(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )

    def __sub__(self, other: Self) -> Self:
        return type(self)(
            **{f.name: getattr(self, f.name) - getattr(other, f.name) for f in fields(self)}
        )

    def per_request(self) -> dict[str, float]:
        """Each count but ``requests``, divided by the number of requests (at least one)."""
        requests = max(self.requests, 1)
        return {f.name: getattr(self, f.name) / requests for f in fields(self)[1:]}


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
