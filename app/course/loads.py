"""What a check observes of a load that was run against a server."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.course.work import Work


@dataclass(frozen=True, slots=True)
class LoadObservation:
    """What the server received and answered, beside what the load counted."""

    requested: Mapping[str, int]
    """How often each path was requested."""
    statuses: Mapping[int, int]
    """How often the server answered with each status."""
    counted: int
    """Replies that the load counted as answers."""
    failed: int
    """Replies that the load counted as failures."""
    work: Work

    @property
    def requests(self) -> int:
        return sum(self.requested.values())
