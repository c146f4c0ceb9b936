"""How long a comparison may take, and how its time is cut up."""

import os
from dataclasses import dataclass
from typing import Self

SHORT = "COURSE_SHORT"
_SHORT_SECONDS, _SHORT_WINDOW = 0.8, 0.1
_OPEN_LOOP_WINDOW = 1.0


@dataclass(frozen=True, slots=True)
class Schedule:
    seconds: float
    """Of all rounds together. A round that has begun is finished."""
    window: float
    """Seconds of load on one arm in one round."""
    least_rounds: int
    """Before the intervals are asked whether they are narrow enough."""
    warm_up: float

    @classmethod
    def of(cls, seconds: float, window: float, rate: float | None) -> Self:
        """The schedule as requested; much shorter where ``COURSE_SHORT`` is set."""
        if rate:
            # A queue takes time to show.
            window = max(window, _OPEN_LOOP_WINDOW)
        if short():
            window = min(window, _SHORT_WINDOW * (3 if rate else 1))
            return cls(min(seconds, _SHORT_SECONDS), window, 3, window)
        return cls(seconds, window, 8, 2 * window)


def short() -> bool:
    """Whether measurements are to be short, as in a test of a whole notebook."""
    return os.environ.get(SHORT, "") not in ("", "0")


def short_seconds(seconds: float) -> float:
    """The length of a single measurement under the same rule."""
    return min(seconds, _SHORT_SECONDS) if short() else seconds
