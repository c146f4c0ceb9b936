"""An answer with which an exercise is verified."""

from dataclasses import dataclass

from app.course.exercise import OutcomeName


@dataclass(frozen=True, slots=True)
class Planned:
    """An answer for the cell to edit, and the outcome that the check must give it."""

    name: str
    source: str
    expected: OutcomeName
    says: str = ""
    """For a wrong answer: a part of the message that it must get."""
    derived: bool = False
    """Whether it is derived from the exercise, rather than listed in ``attempts.py``."""
