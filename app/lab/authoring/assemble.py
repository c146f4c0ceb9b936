"""Which cells each of a lesson's notebooks has."""

from dataclasses import replace

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring.frame import closing, opening
from app.lab.authoring.placeholders import values
from app.lab.authoring.project import Kind, Project
from app.lab.authoring.source import Cell, read_cells

ANSWER = "answer"
"""The tag of each cell that a learner edits, and the id of the first of them."""
PAIR = ("stub", "solution")
PART: dict[Kind, str] = {"exercise": "stub", "solution": "solution"}
ONLY = {"only-exercise": "exercise", "only-solution": "solution"}


def cells_of(project: Project, lesson: Lesson, kind: Kind) -> list[Cell]:
    """The cells of one notebook: its text within the generated frame.

    Raises ``CourseError`` for a source at fault.
    """
    path = project.source(lesson, kind)
    cells = read_cells(path, values(project, lesson), project.shown(path))
    _require_no_title(cells, project.shown(path))
    if kind != "lesson":
        _require_pairs(cells, project.shown(path))
        cells = [_as_answer(cell, kind) for cell in cells if _belongs(cell, kind)]
    first = Cell("markdown", opening(project, lesson, kind))
    last = Cell("markdown", closing(project, lesson, kind))
    return [first, *cells, last]


def _belongs(cell: Cell, kind: Kind) -> bool:
    for tag in cell.tags:
        if tag in PAIR and tag != PART[kind]:
            return False
        if ONLY.get(tag, kind) != kind:
            return False
    return True


def _as_answer(cell: Cell, kind: Kind) -> Cell:
    if PART[kind] not in cell.tags:
        return replace(cell, tags=tuple(tag for tag in cell.tags if tag not in ONLY))
    return replace(cell, tags=(ANSWER, *(tag for tag in cell.tags if tag not in PAIR)))


def _require_no_title(cells: list[Cell], shown: str) -> None:
    if cells and cells[0].kind == "markdown" and cells[0].source.startswith("# "):
        raise CourseError(
            f"{shown} begins with a title; it must begin with its text, since the title is made "
            "from lesson.toml."
        )


def _require_pairs(cells: list[Cell], shown: str) -> None:
    places = [
        [index for index, cell in enumerate(cells) if part in cell.tags and cell.kind == "code"]
        for part in PAIR
    ]
    stubs, solutions = places
    if not stubs or solutions != [index + 1 for index in stubs]:
        raise CourseError(
            f'{shown} needs a code cell tagged "stub" and, right after it, one tagged "solution", '
            f"for each cell to edit; it has {len(stubs)} and {len(solutions)}."
        )
    if stubs[0] == 0:
        raise CourseError(f"{shown} must begin with prose that says what the exercise is.")
