"""The cells to edit, as an exercise ships it and as its solution has it."""

from typing import Literal

from app.course.errors import CourseError
from app.lab.authoring.assemble import ANSWER, cells_of
from app.lab.authoring.project import Project


def answer_cells(
    slug: str, kind: Literal["exercise", "solution"], project: Project
) -> tuple[str, ...]:
    """The code of each cell to edit. Raises ``CourseError`` where the lesson has no exercise."""
    (lesson,) = project.chosen([slug])
    if not project.has_exercise(lesson):
        raise CourseError(f"Lesson {slug!r} has no exercise.")
    cells = cells_of(project, lesson, kind)
    return tuple(cell.source for cell in cells if ANSWER in cell.tags)
