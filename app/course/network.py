"""The network between an application and everyone it talks to."""

import math
from dataclasses import dataclass, replace
from typing import Self

from app.course.errors import CourseError

_LONGEST_DELAY = 1.0


class NetworkError(CourseError):
    """The properties of a network are not possible."""

    title = "This network cannot be simulated"


@dataclass(frozen=True)
class Network:
    """Latency to PostgreSQL and Redis, and bandwidth to the clients.

    ``delay`` is additional round-trip time in seconds: every response on a connection that the
    application opens arrives later by it, and opening the connection takes that much longer.
    ``megabits_per_second`` is the bandwidth between the clients and the application, in each
    direction, shared by all connections; ``None`` is no limit. Raises ``NetworkError`` for a delay
    below 0 or above 1, and for a bandwidth that is not above 0.
    """

    delay: float = 0.0
    megabits_per_second: float | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.delay) or not 0 <= self.delay <= _LONGEST_DELAY:
            raise NetworkError(
                f"`delay` is in seconds, from 0 to {_LONGEST_DELAY:g}: 5 ms is `delay=0.005`. "
                f"It was {self.delay!r}."
            )
        bandwidth = self.megabits_per_second
        if bandwidth is not None and (not _is_number(bandwidth) or not bandwidth > 0):
            raise NetworkError(
                "`megabits_per_second` is a number above 0, or None for no limit. "
                f"It was {bandwidth!r}."
            )

    def shared_by(self, workers: int) -> Self:
        """What each of several workers gets: an equal share of the bandwidth."""
        if self.megabits_per_second is None:
            return self
        return replace(self, megabits_per_second=self.megabits_per_second / workers)

    @property
    def bytes_per_second(self) -> float | None:
        """The bandwidth in the unit in which responses are counted."""
        return None if self.megabits_per_second is None else self.megabits_per_second * 1e6 / 8

    def __str__(self) -> str:
        parts = [f"{self.delay * 1e3:g} ms"]
        if self.megabits_per_second is not None:
            parts.append(f"{self.megabits_per_second:g} Mbit/s")
        return ", ".join(parts)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
