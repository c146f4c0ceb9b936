"""How long a comparison may take, and how its time is divided."""

import os
from dataclasses import dataclass
from typing import Self

SHORT = "COURSE_SHORT"
_SHORT_SECONDS, _SHORT_WINDOW = 0.8, 0.1
_OPEN_LOOP_WINDOW = 1.0


@dataclass(frozen=True, slots=True)
class Schedule:
    seconds: float
    """Total of all rounds. A round in progress is always finished."""
    window: float
    """Seconds of load on one arm in one round."""
    min_rounds: int
    """Rounds before narrow intervals may end the comparison."""
    warm_up: float

    @classmethod
    def of(cls, seconds: float, window: float, rate: float | None) -> Self:
        """The schedule as requested; much shorter if ``COURSE_SHORT`` is set."""
        if rate:
            # A queue takes time to build up.
            window = max(window, _OPEN_LOOP_WINDOW)
        if short():
            window = min(window, _SHORT_WINDOW * (3 if rate else 1))
            return cls(min(seconds, _SHORT_SECONDS), window, 3, window)
        return cls(seconds, window, 8, 2 * window)


def short() -> bool:
    """Whether measurements should be short, as when a test runs a whole notebook."""
    return os.environ.get(SHORT, "") not in ("", "0")


def short_seconds(seconds: float) -> float:
    """The length of a single measurement, shortened likewise."""
    return min(seconds, _SHORT_SECONDS) if short() else seconds
