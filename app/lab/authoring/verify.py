"""Whether each exercise's check says the right thing to right and to wrong answers."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from app.course.exercise import OutcomeName
from app.lab.authoring.attempt_processes import try_each
from app.lab.authoring.attempt_runner import Tried
from app.lab.authoring.attempts import planned
from app.lab.authoring.exercise_cells import exercise_cells
from app.lab.authoring.planned import Planned
from app.lab.authoring.project import Project

FEWEST_WRONG = 5
FEWEST_ACCEPTED = 3
_REFUSED: tuple[OutcomeName, ...] = ("wrong", "error")


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
    project: Project,
    slugs: Sequence[str] = (),
    *,
    processes: int = 1,
    report: Callable[[Trial], None] = print,
) -> list[Trial]:
    """Tries every answer of the chosen lessons, several at once in as many ``processes``, or one
    after the other in this one. ``report`` gets each at once, in order.

    Raises ``CourseError`` where an exercise's source is at fault or the course cannot start.
    """
    lessons = [one for one in project.chosen(slugs) if project.has_exercise(one)]
    cells = {lesson.slug: exercise_cells(project, lesson) for lesson in lessons}
    plans = [(one.slug, plan) for one in lessons for plan in planned(project, one, cells[one.slug])]
    answers = [cells[slug].with_answer(plan.source) for slug, plan in plans]
    trials: list[Trial] = []
    with closing(try_each(answers, processes)) as outcomes:
        for (slug, plan), tried in zip(plans, outcomes, strict=True):
            trial = _trial(slug, plan, tried, trials)
            trials.append(trial)
            report(trial)
    return trials


def _trial(slug: str, plan: Planned, tried: Tried, earlier: Sequence[Trial]) -> Trial:
    return Trial(
        slug,
        plan.name,
        plan.expected,
        tried.outcome,
        tried.message,
        plan.says,
        plan.derived,
        tried.seconds,
        _problem(plan, tried, [trial for trial in earlier if trial.lesson == slug]),
    )


def _problem(plan: Planned, tried: Tried, earlier: Sequence[Trial]) -> str | None:
    """What is wrong, with the lesson's ``earlier`` attempts in mind."""
    if tried.outcome != plan.expected:
        return f"expected {plan.expected!r}, got {tried.outcome!r}"
    if plan.expected not in _REFUSED:
        return None
    if not plan.says:
        return "the attempt does not say which message it must get"
    if plan.says not in tried.message:
        return f"the message does not say {plan.says!r}"
    for other in earlier:
        if other.expected in _REFUSED and other.message == tried.message:
            return f"the same message as {other.name!r}"
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
