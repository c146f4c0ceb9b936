"""Gives an exercise notebook back as shipped; a copy keeps what it held before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring.assemble import ANSWER
from app.lab.authoring.generate import generated
from app.lab.authoring.notebook import (
    Notebook,
    identity,
    read_notebook,
    tags_of,
    text_of,
    write_notebook,
)
from app.lab.authoring.project import BEFORE_RESET, Project
from app.lab.learner.kept import keep_copy

Cell = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reset:
    """What became of a notebook."""

    notebook: Path
    state: str
    """The rest of a sentence that begins with the notebook's name."""
    changed: bool = True
    kept: Path | None = None
    """A copy of the file as it was before, where there was one to change."""

    def __str__(self) -> str:
        before = f" What it held before is in {self.kept}." if self.kept else ""
        return f"{self.notebook} {self.state}.{before}"


def reset(path: Path, project: Project) -> Reset:
    """Puts the cell to edit back as shipped, where it was or where it belongs.

    All other cells stay as they are. An exercise of ``project`` that is missing or no longer a
    notebook comes back whole. Raises ``CourseError`` for any other file that is no exercise of the
    course, and then changes nothing.
    """
    try:
        notebook = read_notebook(path)
    except CourseError:
        if lesson := _exercise_at(path, project):
            return _restored(path, lesson, project)
        raise
    lesson = _lesson_of(notebook, path, project)
    changed = _with_answers(notebook, generated(project, lesson, "exercise"))
    if changed == notebook:
        return Reset(path, "has the cell to edit as shipped already", changed=False)
    kept = keep_copy(path, BEFORE_RESET)
    write_notebook(path, changed)
    return Reset(path, "has the cell to edit as shipped again", kept=kept)


def _exercise_at(path: Path, project: Project) -> Lesson | None:
    """The lesson whose exercise belongs at that path."""
    for lesson in project.lessons:
        own = project.notebook(lesson, "exercise").resolve()
        if project.has_exercise(lesson) and path.resolve() == own:
            return lesson
    return None


def _restored(path: Path, lesson: Lesson, project: Project) -> Reset:
    kept = keep_copy(path, BEFORE_RESET) if path.exists() else None
    write_notebook(path, generated(project, lesson, "exercise"))
    return Reset(path, "is there again as shipped", kept=kept)


def is_exercise(notebook: Notebook, lesson: Lesson) -> bool:
    return identity(notebook) == ("exercise", lesson.slug)


def _lesson_of(notebook: Notebook, path: Path, project: Project) -> Lesson:
    for lesson in project.lessons:
        if is_exercise(notebook, lesson):
            return lesson
    raise CourseError(
        f"{path} is not an exercise of this course, so it has no cell to restore. To get a lesson "
        "as shipped, delete its notebook and run `course update`."
    )


def _with_answers(notebook: Notebook, shipped: Notebook) -> Notebook:
    """The notebook with the cells to edit as they are in ``shipped``."""
    cells = list(notebook["cells"])
    before: Cell | None = None
    for cell in shipped["cells"]:
        if ANSWER in tags_of(cell):
            _put(cells, cell, before)
        before = cell
    return notebook | {"cells": cells}


def _put(cells: list[Cell], answer: Cell, before: Cell | None) -> None:
    """Puts ``answer`` in the place of the cell with its id; where there is none, after the cell
    that it is shipped after, else at the end."""
    ids = [cell.get("id") for cell in cells]
    if answer["id"] in ids:
        index = ids.index(answer["id"])
        if _essence(cells[index]) != _essence(answer):
            cells[index] = answer
    elif before is not None and before["id"] in ids:
        cells.insert(ids.index(before["id"]) + 1, answer)
    else:
        cells.append(answer)


def _essence(cell: Cell) -> tuple[str, str]:
    return cell["cell_type"], text_of(cell["source"])
