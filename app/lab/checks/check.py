"""Runs an exercise: tries the answer, asks the steps, and says what came of it."""

from functools import cache
from importlib import import_module
from typing import Any

from app.course.catalogue import lesson_named
from app.course.errors import CourseError
from app.course.evidence import Evidence
from app.course.exercise import Exercise, Refusal
from app.course.work import Work
from app.lab.checks.gathering import gather
from app.lab.checks.outcome import Outcome
from app.lab.checks.stub import is_untouched
from app.lab.serving.copies import Copies
from app.lab.serving.failure import describe

_COUNTS = ("statements", "round_trips", "connections", "rows", "redis_commands")


@cache
def exercise_of(slug: str) -> Exercise:
    """The exercise of a lesson, from its ``check.py``."""
    found: Exercise = import_module(f"app.lessons.{slug}.check").EXERCISE
    return found


async def check(slug: str, answer: Any, copies: Copies) -> Outcome:
    """Try ``answer`` and say what came of it. Never raises for what a learner may hand in."""
    exercise = exercise_of(slug)
    if is_untouched(answer, slug):
        return Outcome(slug, "not attempted", f"The cell to edit is as it was. {exercise.goal}")
    refusal = exercise.wrong_type(answer)
    evidence = Evidence(answer)
    if refusal is None:
        try:
            evidence = await gather(slug, exercise, answer, copies)
        except CourseError as error:
            refusal = Refusal(str(error), outcome="error")
        except Exception as error:
            refusal = Refusal(f"Your code raised {describe(error)}", outcome="error")
    if refusal is None:
        refusal = next((r for step in exercise.steps if (r := step(evidence))), None)
    counts = _counts(evidence)
    if refusal is not None:
        return Outcome(slug, refusal.outcome, refusal.message, refusal.hint, counts)
    return Outcome(slug, "passed", lesson_named(slug).takeaway, None, counts)


def _counts(evidence: Evidence) -> dict[str, int]:
    """The counters of the probes together, for a program that reads the outcome."""
    total = sum((seen.work for seen in evidence.observations), Work())
    return {name: getattr(total, name) for name in _COUNTS} if evidence.observations else {}
