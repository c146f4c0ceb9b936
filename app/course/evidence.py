"""What a check does with an answer and what it observes: plain data, gathered by the lab and judged
by the lesson."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.course.errors import CourseError
from app.course.objects import Objects
from app.course.work import Work


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that a check sends to the learner's shop and to the reference alike.

    A GET is sent twice, and both are observed: the first shows the cold start, the second
    what every request costs. Everything else is sent once.
    """

    path: str
    """With its query string, from the root: ``/api/orders?limit=20``."""
    method: str = "GET"
    json: Any = field(default=None, hash=False)
    """The body; ``None`` for none."""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    account: int | None = None
    """The id of the account that sends the request; ``None`` for an anonymous request."""
    scopes: tuple[str, ...] = ()
    """The scopes of that account's token, such as ``catalog:write``."""
    worker: int | None = None
    """The worker process that receives it, counted from 1; ``None`` for whichever accepts it. A
    shop with fewer workers, such as the reference, starts again with its first."""

    def __str__(self) -> str:
        details = [f"`{name}: {value}`" for name, value in self.headers.items()]
        if self.account is not None:
            details.append(f"the token of account {self.account}")
        text = f"{self.method} {self.path}" + (f" with {', '.join(details)}" if details else "")
        return text if self.worker is None else f"{text} at worker {self.worker}"


@dataclass(frozen=True, slots=True)
class Change:
    """A change to the data by SQL, as a colleague or another application would make it."""

    sql: str
    name: str = ""
    """What it does, in words that follow "after"; by default the SQL itself."""

    def __str__(self) -> str:
        return self.name or self.sql


@dataclass(frozen=True, slots=True)
class Observation:
    """The response to one probe, and the reference's response to the same probe."""

    probe: Probe
    status: int
    answer: Any
    """The decoded JSON, or the text when it is none."""
    expected_status: int
    expected: Any
    work: Work
    """Of the second request, where it was sent twice."""
    statements: tuple[str, ...]
    """The SQL of the same request, in order, without transaction control."""
    by_learner: bool
    """Whether the code that answered came from the learner's cell."""
    exception: str | None = None
    """What the endpoint raised, with the line of the learner's cell where it did."""
    headers: Mapping[str, str] = field(default_factory=dict)
    expected_headers: Mapping[str, str] = field(default_factory=dict)
    first_work: Work = field(default_factory=Work)
    """Of the first request; the same as ``work`` where it was sent once."""
    after: str | None = None
    """The latest change before this probe, in words; ``None`` before the first change."""
    longest_chain: int = 0
    """The most round trips to PostgreSQL of which each had to wait for the one before."""
    tasks: int = 0
    """How many tasks sent something to PostgreSQL."""
    peak_in_use: int = 0
    """The most connections to PostgreSQL in use at a time."""
    left_in_use: int = 0
    """Connections that the request was still using when it was over."""
    unattributed: int = 0
    """SQL statements sent to its database meanwhile that belonged to no request; 0 for those of
    other processes."""
    body: bytes = field(default=b"", repr=False)
    """The response as it was sent, without its content encoding."""
    expected_body: bytes = field(default=b"", repr=False)
    objects: Objects | None = None
    """What Python built for the response, where the exercise counts objects; ``None`` too where the
    answer's own code has changed what counts. Of the second request, where it was sent twice."""
    first_objects: Objects | None = None
    """Of the first request; the same as ``objects`` where it was sent once."""
    rows_read: int | None = None
    """Rows that its statements took from tables, as their plans count them, where the exercise
    explains; of the more expensive one, where it was sent twice."""

    @property
    def as_expected(self) -> bool:
        """Whether status and answer equal the reference's."""
        return (self.status, self.answer) == (self.expected_status, self.expected)


@dataclass(frozen=True, slots=True)
class Burst:
    """Many GET requests at once, after the probes.

    Raises ``CourseError`` for a barrier with fewer connections than requests.
    """

    path: str
    requests: int
    connections: int
    barrier: bool = False
    """Whether the server holds the requests until the last one has arrived, so that all of them
    are in progress at the same time. Needs a connection for each request."""
    account: int | None = None
    """The id of the account that sends them; ``None`` for anonymous requests."""
    scopes: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.barrier and self.connections != self.requests:
            raise CourseError(
                f"A barrier waits for all {self.requests:,} requests, so it needs as many "
                f"connections; not {self.connections:,}."
            )


@dataclass(frozen=True, slots=True)
class BurstObservation:
    burst: Burst
    statuses: dict[int, int]
    """How many requests got each status; 0 stands for a broken connection."""
    work: Work
    peak_connections: int
    """The most connections to PostgreSQL open at the same time."""
    reasons: dict[int, str] = field(default_factory=dict)
    """For a status that is an error, the most frequent reason: the exception that was raised, or
    else what the response says."""
    peak_in_use: int = 0
    """The most connections to PostgreSQL in use at the same time: acquired from a pool, or with a
    statement or transaction under way."""
    longest_chain: int = 0
    """The most round trips in a chain of any of the requests; with several workers 0."""
    peak_in_use_per_request: int = 0
    """The most connections that one request had in use at the same time; with several workers 0."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a check has observed. ``answer`` is what the learner handed in."""

    answer: Any
    observations: tuple[Observation, ...] = ()
    """Of the probes, before the exercise's changes."""
    after_changes: tuple[Observation, ...] = ()
    """Of the same reads after the exercise's changes."""
    concurrent: tuple[Observation, ...] = ()
    """Of the same reads sent by several customers concurrently."""
    bursts: tuple[BurstObservation, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
