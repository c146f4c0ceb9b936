"""Whether each exercise's check says the right thing to right and to wrong answers."""

import asyncio
import io
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from app.course.errors import CourseError
from app.course.exercise import OutcomeName
from app.course.lesson import Lesson
from app.lab.authoring.attempts import planned
from app.lab.authoring.execute import last_line
from app.lab.authoring.exercise_cells import exercise_cells
from app.lab.authoring.namespace import Namespace
from app.lab.authoring.planned import Planned
from app.lab.authoring.project import Project

FEWEST_WRONG = 5
FEWEST_ACCEPTED = 3
TIMEOUT = 120.0
"""Seconds for the cells of one attempt."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer, what the check was to make of it, and what it made of it."""

    lesson: str
    name: str
    expected: OutcomeName
    outcome: OutcomeName
    message: str
    says: str = ""
    derived: bool = False
    seconds: float = 0.0
    """How long it took to try."""
    problem: str | None = None
    """Why this is not as it should be."""


def verify_exercises(
    project: Project, slugs: Sequence[str] = (), *, report: Callable[[Trial], None] = print
) -> list[Trial]:
    """Tries every answer of the chosen lessons in this process; ``report`` gets each at once.

    Raises ``CourseError`` where an exercise's source is at fault or the course cannot start.
    """
    return asyncio.run(_verify(project, project.chosen(slugs), report))


async def _verify(
    project: Project, lessons: Sequence[Lesson], report: Callable[[Trial], None]
) -> list[Trial]:
    trials: list[Trial] = []
    runner = _Runner()
    try:
        for lesson in lessons:
            if project.has_exercise(lesson):
                await _verify_one(project, lesson, runner, trials, report)
    finally:
        await runner.close()
    return trials


async def _verify_one(
    project: Project,
    lesson: Lesson,
    runner: "_Runner",
    trials: list[Trial],
    report: Callable[[Trial], None],
) -> None:
    cells = exercise_cells(project, lesson)
    said: dict[str, str] = {}
    for plan in planned(project, lesson, cells):
        started = perf_counter()
        outcome, message = await runner.run(cells.with_answer(plan.source))
        seconds = round(perf_counter() - started, 1)
        trial = Trial(lesson.slug, plan.name, plan.expected, outcome, message, plan.says)
        trial = replace(
            trial, derived=plan.derived, seconds=seconds, problem=_problem(trial, plan, said)
        )
        if plan.expected in ("wrong", "error"):
            said.setdefault(message, plan.name)
        trials.append(trial)
        report(trial)


def _problem(trial: Trial, plan: Planned, said: dict[str, str]) -> str | None:
    if trial.outcome != plan.expected:
        return f"expected {plan.expected!r}, got {trial.outcome!r}"
    if plan.expected in ("passed", "not attempted"):
        return None
    if not plan.says:
        return "the attempt does not say which message it must get"
    if plan.says not in trial.message:
        return f"the message does not say {plan.says!r}"
    if trial.message in said:
        return f"the same message as {said[trial.message]!r}"
    return None


def shortfalls(trials: Sequence[Trial]) -> list[tuple[str, str]]:
    """Lesson and sentence for each exercise that is tried with too few answers of its own."""
    found = []
    for lesson in dict.fromkeys(trial.lesson for trial in trials):
        tried = [trial for trial in trials if trial.lesson == lesson and not trial.derived]
        count = Counter("accepted" if t.expected == "passed" else "wrong" for t in tried)
        for name, fewest in (("wrong", FEWEST_WRONG), ("accepted", FEWEST_ACCEPTED)):
            if count[name] < fewest:
                found.append((lesson, f"{count[name]} {name} attempts; {fewest} are the fewest."))
    return found


class _Runner:
    """Runs an exercise's cells again and again over one lab, and reads what the check said."""

    def __init__(self) -> None:
        self._lab: Any = None

    async def run(self, cells: Sequence[str]) -> tuple[OutcomeName, str]:
        """Outcome and message. Raises ``CourseError`` if the course itself cannot go on."""
        before = getattr(self._lab, "last_outcome", None)
        namespace = Namespace()
        try:
            with namespace.as_main(), redirect_stdout(io.StringIO()):
                await asyncio.wait_for(self._run_cells(namespace, cells), TIMEOUT)
        except TimeoutError:
            return "error", f"It ran for more than {TIMEOUT:g} s."
        except Exception as error:
            return _told_by(error)
        finally:
            self._lab = namespace.values.get("lab", self._lab)
            namespace.forget()
        told = getattr(self._lab, "last_outcome", None)
        if told is None or told is before:
            return "not attempted", "No check was reached."
        return told["outcome"], told["message"]

    async def _run_cells(self, namespace: Namespace, cells: Sequence[str]) -> None:
        for source in cells:
            await namespace.run(source)

    async def close(self) -> None:
        if self._lab is not None:
            await self._lab.close()


def _told_by(error: Exception) -> tuple[OutcomeName, str]:
    data = getattr(error, "outcome_data", None)
    if data is not None:
        return data["outcome"], data["message"]
    if isinstance(error, CourseError):
        raise error
    return "error", last_line(type(error).__name__, str(error))
