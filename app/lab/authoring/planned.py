"""An answer to try an exercise with."""

from dataclasses import dataclass

from app.course.exercise import OutcomeName


@dataclass(frozen=True, slots=True)
class Planned:
    """An answer to put into the answer cell, and what the check must make of it."""

    name: str
    source: str
    expected: OutcomeName
    says: str = ""
    """For a wrong answer: a part of the message it must get."""
    derived: bool = False
    """Whether it follows from the exercise, so that the lesson's ``attempts.py`` has it not."""
