"""The result of one window of load."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from app.lab.load.histogram import Histogram
from app.lab.load.server_side import ServerSide


@dataclass(frozen=True, slots=True)
class Window:
    """Times in seconds. ``requests`` counts successes only; the rest is in ``errors``."""

    requests: int
    errors: Mapping[str, int]
    """By kind: connect, reset, timeout, 3xx, 4xx, 5xx, wrong_body, malformed, unfinished."""
    elapsed: float
    latencies: Histogram
    """Of successes; in an open loop counted from the intended start."""
    wire_bytes: int
    """Received, including the replies' heads."""
    body_bytes: int
    client_cpu: float
    opened: int
    """Connections opened during this window, not counting those kept from earlier ones."""
    client_queue: float = 0.0
    """How long the generator was runnable but had no core; 0 where the system does not count it."""
    gone: bool = False
    """Whether the server stopped accepting connections during the window."""
    rate: float | None = None
    """Requests per second offered. ``None``: closed loop."""
    lateness: Histogram = field(default_factory=Histogram)
    """Open loop: how late the generator itself was."""
    backlog_peak: int = 0
    backlog_at_end: int = 0
    overloaded: bool = False
    """Open loop: the backlog was never empty in the last third of the window."""
    server: ServerSide = field(default_factory=ServerSide)

    @classmethod
    def from_worker(cls, reply: Mapping[str, Any], rate: float | None) -> Self:
        values = dict(reply)
        values["latencies"] = Histogram.from_pairs(values["latencies"])
        values["lateness"] = Histogram.from_pairs(values.get("lateness", ()))
        return cls(rate=rate, **values)

    @property
    def rps(self) -> float:
        """Successful requests per second."""
        return self.requests / self.elapsed

    @property
    def failed(self) -> int:
        return sum(self.errors.values())
