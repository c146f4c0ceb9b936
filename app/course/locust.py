"""What Locust says of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from app.course.visits import Visits


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of Locust's statistics: the requests of one method and name."""

    method: str
    name: str
    requests: int
    failures: int
    percentiles: Mapping[float, float]
    """Milliseconds by share, as Locust rounds them: to whole ones, above 100 to two digits."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        percentiles = {float(share): float(ms) for share, ms in data["percentiles"].items()}
        return cls(data["method"], data["name"], data["requests"], data["failures"], percentiles)


@dataclass(frozen=True, slots=True)
class Results:
    """Locust's statistics of a whole run."""

    exit_code: int
    elapsed: float
    """Seconds from the start of the users to the end of the run."""
    cpu: float
    """Seconds of processor time; of the master alone, where there are workers."""
    total: Entry
    entries: tuple[Entry, ...]
    errors: Mapping[str, int]
    """How often each failure occurred, by request and reason."""
    exceptions: Mapping[str, int]
    """How often users raised each exception."""

    @property
    def rps(self) -> float:
        """Requests per second, the failed ones included."""
        return self.total.requests / self.elapsed if self.elapsed else 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            data["exit_code"],
            data["elapsed"],
            data["cpu"],
            Entry.from_json(data["total"]),
            tuple(map(Entry.from_json, data["entries"])),
            {f"{one['name']}: {one['error']}": one["count"] for one in data["errors"]},
            {one["message"]: one["count"] for one in data["exceptions"]},
        )


@dataclass(frozen=True, slots=True)
class LocustObservation:
    """What a check observes of a run against one server."""

    users: int
    results: Results
    seen: Visits
