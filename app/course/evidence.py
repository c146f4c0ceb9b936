"""What a check asks of an answer, and what it sees: plain data, gathered by the lab, judged by the
lesson."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.course.work import Work


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that a check makes, of the learner's shop and of the reference alike.

    A GET is made twice, and both are looked at: the first meets whatever is not warm, the second
    shows what is paid every time. Everything else is made once.
    """

    path: str
    """With its query string, from the root: ``/api/orders?limit=20``."""
    method: str = "GET"
    json: Any = field(default=None, hash=False)
    """The body; ``None`` for none."""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    account: int | None = None
    """The customer who makes the request, by the account's id; ``None`` for an anonymous one."""
    scopes: tuple[str, ...] = ()
    """What that customer's token allows, such as ``catalog:write``."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Change:
    """A change to the data by SQL, as a colleague or another application would make it."""

    sql: str

    def __str__(self) -> str:
        return self.sql


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of one probe, and what the reference answers to the same."""

    probe: Probe
    status: int
    answer: Any
    """The decoded JSON, or the text when it is none."""
    expected_status: int
    expected: Any
    work: Work
    """Of the second request where it was made twice."""
    statements: tuple[str, ...]
    """The SQL of the same request, in order, without transaction control."""
    by_learner: bool
    """Whether the code that answered came from the learner's cell."""
    exception: str | None = None
    """What the endpoint raised, with the line of the learner's cell where it did."""
    headers: Mapping[str, str] = field(default_factory=dict)
    expected_headers: Mapping[str, str] = field(default_factory=dict)
    first_work: Work = field(default_factory=Work)
    """Of the first request; the same as ``work`` where it was made once."""
    after: str | None = None
    """The latest change before this probe, in words; ``None`` while nothing has changed."""

    @property
    def as_expected(self) -> bool:
        """Whether status and answer are the reference's."""
        return (self.status, self.answer) == (self.expected_status, self.expected)


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
    """While nothing changes but what the probes themselves change."""
    moved: tuple[Observation, ...] = ()
    """The same reads again, after the exercise's changes."""
    crowd: tuple[Observation, ...] = ()
    """The same reads, by several customers at once."""
    bursts: tuple[BurstObservation, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
