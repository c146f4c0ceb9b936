"""Checks an answer: tries it, runs the steps of its exercise, and reports the outcome."""

from functools import cache
from importlib import import_module
from typing import Any

from app.course.catalogue import lesson_named
from app.course.errors import CourseError
from app.course.evidence import Evidence
from app.course.exercise import SHIPPED_SEED, Exercise, Refusal
from app.course.kinds.received import close_coroutines
from app.course.kinds.several import Several
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


async def check(slug: str, answer: Any, copies: Copies, seed: int = SHIPPED_SEED) -> Outcome:
    """Try ``answer`` and return the outcome. Never raises because of the answer.

    ``seed``: of the learner's own exercise, where it differs from learner to learner."""
    exercise = exercise_of(slug).drawn(seed)
    if is_untouched(answer, slug):
        return Outcome(slug, "not attempted", f"The cell to edit is as it was. {exercise.goal}")
    if near_miss := _near_miss(exercise, answer):
        return Outcome(slug, near_miss.outcome, near_miss.message, attempted=False)
    refusal, evidence = None, Evidence(answer)
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


def _near_miss(exercise: Exercise, answer: Any) -> Refusal | None:
    """Why it cannot be an answer at all, whatever its author knows."""
    given = answer if isinstance(answer, Several) else (answer,)
    close_coroutines(*given)
    if len(given) > 1 and not exercise.takes_several:
        return Refusal(f"The check received {len(given)} answers; expected one.")
    return exercise.wrong_type(answer)


def _counts(evidence: Evidence) -> dict[str, int]:
    """The counters of the probes together, for a program that reads the outcome."""
    total = sum((seen.work for seen in evidence.observations), Work())
    return {name: getattr(total, name) for name in _COUNTS} if evidence.observations else {}
