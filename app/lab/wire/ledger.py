"""The counts: a record for each request, a ledger for each served application."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass, fields
from operator import attrgetter
from time import perf_counter
from typing import Any, Literal

from app.course.flow import Flow
from app.course.objects import Objects
from app.course.wal import Wal
from app.course.work import Work
from app.lab.wire.chain import Chain
from app.lab.wire.queries import Query
from app.lab.wire.tally import Tally
from app.lab.wire.wal import WalTally

_COUNTS = tuple(field.name for field in fields(Work))[1:]
"""All counts of ``Work`` but ``requests``, in its order."""
_counts_of = attrgetter(*_COUNTS)

Kind = Literal["statement", "prepare", "transaction", "copy", "connect", "redis"]


@dataclass(slots=True)
class Span:
    """One exchange with a server. Times are in seconds since the request began."""

    kind: Kind
    text: str
    start: float
    end: float
    rows: int = 0
    parameters: tuple[str | None, ...] = ()
    """A statement's values as SQL; ``None`` for one that cannot be shown."""
    connection: int = 0
    """Which of the request's connections to PostgreSQL, from 1; 0 for another server."""


class Record:
    """One request's counts while it runs. Attributes are those of ``Work``."""

    __slots__ = (
        "_numbers",
        "chain",
        "connections",
        "done",
        "endpoint",
        "exception",
        "flow",
        "in_use",
        "is_over",
        "ledger",
        "objects",
        "objects_built",
        "peak_in_use",
        "peak_memory",
        "prepared",
        "queries",
        "redis_bytes",
        "redis_commands",
        "redis_round_trips",
        "response_bytes",
        "round_trips",
        "rows",
        "seconds",
        "spans",
        "sql_bytes",
        "started",
        "statements",
        "task",
        "wal",
        "wal_written",
    )

    def __init__(self, ledger: "Ledger", done: "Future[Record] | None" = None) -> None:
        self.ledger = ledger
        self.done = done
        self.started = perf_counter()
        self.task: asyncio.Task[Any] | None = None
        self.seconds = 0.0
        self.is_over = False
        self.spans: list[Span] | None = None if done is None else []
        self.chain = None if done is None else Chain()
        self.in_use = self.peak_in_use = 0
        """Connections to PostgreSQL that this request is using, and the most at a time."""
        self._numbers: dict[object, int] = {}
        self.exception: BaseException | None = None
        self.endpoint: Callable[..., Any] | None = None
        self.statements = self.round_trips = self.connections = self.rows = 0
        self.redis_commands = self.redis_round_trips = self.redis_bytes = 0
        self.sql_bytes = self.response_bytes = 0
        self.wal: WalTally | None = None
        """Only where the request's WAL is to be counted."""
        self.wal_written: Wal | None = None
        self.objects: Tally | None = None
        """Only where the request's objects are to be counted."""
        self.objects_built: Objects | None = None
        self.peak_memory: int | None = None
        """Bytes."""
        self.flow: Flow | None = None
        """Only where the rows in flight are to be counted."""
        self.queries: list[Query] | None = None
        """Only where they are to be explained."""
        self.prepared = 0
        """Statements that a connection saw for the first time."""

    def work(self) -> Work:
        return Work(1, *_counts_of(self))

    def add(self, count: str, amount: int) -> None:
        """Add to the count of that name. What belongs to a request that is over, such as a batch
        that it has started for others, is added to the application's total alone."""
        setattr(self, count, getattr(self, count) + amount)
        if self.is_over:
            self.ledger.add_late(count, amount)

    def begin(self, kind: Kind, text: str, connection: object = None) -> Span | None:
        """A span from now on, when this request is traced."""
        if self.spans is None:
            return None
        now = perf_counter() - self.started
        span = Span(kind, text, now, now)
        if connection is not None:
            span.connection = self._numbers.setdefault(connection, len(self._numbers) + 1)
        self.spans.append(span)
        return span

    def extend(self, span: Span) -> None:
        """The span lasts until now."""
        span.end = perf_counter() - self.started

    def connection_acquired(self) -> None:
        self.in_use += 1
        self.peak_in_use = max(self.peak_in_use, self.in_use)
        self.ledger.connection_acquired()

    def connection_released(self) -> None:
        self.in_use -= 1
        self.ledger.connection_released()


class Ledger:
    """The running total of one served application, and the requests it is asked to trace."""

    def __init__(self) -> None:
        self._totals = [0] * (1 + len(_COUNTS))
        self._setups = [0] * (1 + len(_COUNTS))
        self.raised: BaseException | None = None
        """What the application raised last, in a request or while starting up."""
        self.running: set[Record] = set()
        """The requests that are being answered."""
        self.databases: set[str] = set()
        """The names of those that requests had a connection to."""
        self.open_connections = 0
        self.peak_connections = 0
        self.in_use = self.peak_in_use = 0
        """Of these, how many requests are using, and the most at a time."""
        self.idle = 0
        """Those that requests have returned to a pool of SQLAlchemy's."""
        self.flows: dict[bytes, Flow] = {}
        """Of the requests whose rows in flight are counted, by token."""
        self._traces: dict[bytes, Future[Record]] = {}

    @property
    def total(self) -> Work:
        """Everything that finished requests have done so far."""
        return Work(*self._totals)

    @property
    def setups(self) -> Work:
        """Of that, what was done by requests that opened a connection or prepared a statement."""
        return Work(*self._setups)

    def trace(self, token: bytes) -> "Future[Record]":
        """The record of the request that carries ``token``, once the application is done."""
        future: Future[Record] = Future()
        self._traces[token] = future
        return future

    def open(self, token: bytes | None) -> Record:
        record = Record(self, self._traces.pop(token, None) if token else None)
        self.running.add(record)
        return record

    def close(self, record: Record) -> None:
        self.running.discard(record)
        record.is_over = True
        self.raised = record.exception or self.raised
        _add(self._totals, record)
        if record.connections or record.prepared:
            _add(self._setups, record)
        if record.done is not None:
            record.done.set_result(record)

    def add_late(self, count: str, amount: int) -> None:
        """Add what a finished request goes on to do."""
        self._totals[1 + _COUNTS.index(count)] += amount

    def connection_opened(self) -> None:
        self.open_connections += 1
        self.peak_connections = max(self.peak_connections, self.open_connections)

    def connection_closed(self) -> None:
        self.open_connections -= 1

    def connection_acquired(self) -> None:
        self.in_use += 1
        self.peak_in_use = max(self.peak_in_use, self.in_use)

    def connection_released(self) -> None:
        self.in_use -= 1

    def reset_peaks(self) -> None:
        """Peaks are those from now on."""
        self.peak_connections, self.peak_in_use = self.open_connections, self.in_use


def _add(totals: list[int], record: Record) -> None:
    totals[0] += 1
    for index, count in enumerate(_counts_of(record), start=1):
        totals[index] += count


CURRENT: ContextVar[Record | None] = ContextVar("course_record", default=None)
"""The request on whose behalf the current task works."""


def task_started(task: asyncio.Task[Any]) -> None:
    """The current task has started ``task``."""
    record = CURRENT.get()
    if record is not None and record.chain is not None:
        record.chain.started(task)
