"""The answers with which an exercise is verified."""

import importlib.util
from collections.abc import Sequence

from app.course.errors import CourseError
from app.course.exercise import Attempt
from app.course.lesson import Lesson
from app.lab.authoring.derived import derived
from app.lab.authoring.exercise_cells import ExerciseCells
from app.lab.authoring.planned import Planned
from app.lab.authoring.project import Project


def planned(project: Project, lesson: Lesson, cells: ExerciseCells) -> list[Planned]:
    """Untouched, the solution, the derived mistakes, then the lesson's own attempts."""
    solution = cells.solution
    return [
        Planned("untouched", cells.stub, "not attempted", derived=True),
        Planned("solution", solution, "passed", derived=True),
        *derived(solution, cells.answers),
        *(
            Planned(attempt.name, source_of(attempt, solution), attempt.outcome, attempt.says)
            for attempt in load_attempts(project, lesson)
        ),
    ]


def source_of(attempt: Attempt, solution: str) -> str:
    """The cell's text. Raises ``CourseError`` unless an edit's old text occurs exactly once."""
    if attempt.source is not None:
        return attempt.source.strip("\n")
    text = solution
    for old, new in attempt.edits:
        count = text.count(old)
        if count != 1:
            raise CourseError(
                f"Attempt {attempt.name!r}: {old!r} occurs {count} times in the solution, not once."
            )
        text = text.replace(old, new)
    return text


def load_attempts(project: Project, lesson: Lesson) -> Sequence[Attempt]:
    """``ATTEMPTS`` from ``app/lessons/SLUG/attempts.py``, which is imported again each time."""
    path = project.sources / lesson.slug / "attempts.py"
    if not path.exists():
        raise CourseError(f"{project.shown(path)} is missing.")
    spec = importlib.util.spec_from_file_location(f"app.lessons.{lesson.slug}.attempts", path)
    if spec is None or spec.loader is None:
        raise CourseError(f"{project.shown(path)} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    attempts: Sequence[Attempt] = getattr(module, "ATTEMPTS", ())
    names = [attempt.name for attempt in attempts]
    if len(set(names)) != len(names):
        raise CourseError(f"{project.shown(path)}: two attempts have the same name.")
    return attempts
