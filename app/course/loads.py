"""What a check sees of a load that was put to a server."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.course.work import Work


@dataclass(frozen=True, slots=True)
class LoadObservation:
    """What the server was really asked and answered, beside what the load made of it."""

    asked: Mapping[str, int]
    """How often each path was asked for."""
    statuses: Mapping[int, int]
    """How often each status was the answer."""
    counted: int
    """Replies that the load counted as answers."""
    failed: int
    """Replies that it counted as failures."""
    work: Work

    @property
    def requests(self) -> int:
        return sum(self.asked.values())
