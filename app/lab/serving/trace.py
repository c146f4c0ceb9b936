"""What one traced request did, as plain data that can come from another process."""

from concurrent.futures import Future
from dataclasses import dataclass, field

from app.course.flow import Flow
from app.course.objects import Objects
from app.course.wal import Wal
from app.course.work import Work
from app.lab.serving.failure import describe
from app.lab.wire.ledger import Record, Span
from app.lab.wire.queries import Query


@dataclass(frozen=True, slots=True)
class Trace:
    """One request, seen from the server."""

    work: Work
    seconds: float
    spans: tuple[Span, ...] = field(repr=False)
    endpoint: str | None
    """The module of the endpoint that answered, such as ``__main__`` for a notebook's cell."""
    exception: str | None
    """What the endpoint raised, in a sentence."""
    wal: Wal | None = None
    """``None`` where it was not counted, or cannot be."""
    peak_memory: int | None = None
    """Bytes; ``None`` where it was not measured."""
    objects: Objects | None = None
    """``None`` where they were not counted, or something interfered with the hooks that count."""
    flow: Flow | None = None
    """``None`` where it was not counted."""
    queries: tuple[Query, ...] = field(default=(), repr=False)
    """The statements as they were sent; empty where they were not kept."""
    longest_chain: int = 0
    """Round trips to PostgreSQL of which each had to wait for the one before; at most."""
    tasks: int = 0
    """How many tasks sent something to PostgreSQL."""
    peak_in_use: int = 0
    """Connections to PostgreSQL that it had in use at a time; at most."""
    left_in_use: int = 0
    """Those that it still had in use when it was over."""


def traced(record: "Future[Record]") -> "Future[Trace]":
    """The trace of the request that ``record`` will be of."""
    trace: Future[Trace] = Future()
    record.add_done_callback(lambda done: trace.set_result(_trace_of(done.result())))
    return trace


def _trace_of(record: Record) -> Trace:
    error = record.exception
    return Trace(
        work=record.work(),
        seconds=record.seconds,
        spans=tuple(record.spans or ()),
        endpoint=record.endpoint.__module__ if record.endpoint else None,
        exception=None if error is None else describe(error),
        wal=record.wal_written,
        peak_memory=record.peak_memory,
        objects=record.objects_built,
        flow=record.flow,
        queries=tuple(record.queries or ()),
        longest_chain=record.chain.longest if record.chain else 0,
        tasks=record.chain.tasks if record.chain else 0,
        peak_in_use=record.peak_in_use,
        left_in_use=record.in_use,
    )
