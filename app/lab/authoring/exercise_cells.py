"""The code cells of an exercise, by the part they play when an answer is tried."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from app.course.lesson import Lesson
from app.lab.authoring.assemble import ANSWER, cells_of
from app.lab.authoring.project import Project
from app.lab.authoring.source import Cell


@dataclass(frozen=True, slots=True)
class ExerciseCells:
    """What a learner runs from the top to the check."""

    setup: tuple[str, ...]
    """All cells above the one to edit."""
    stub: str
    """The cell to edit, as shipped."""
    solution: str
    checks: tuple[str, ...]
    """The cells below it that call ``lab.check``. The others are there to look around, and the
    stored solution shows that they run."""

    @property
    def answer(self) -> str | None:
        """The name that is handed in; ``None`` for another expression, or where nothing is."""
        for source in self.checks:
            for call in _checks(source):
                match call.args:
                    case [ast.Name(id=name)]:
                        return name
        return None

    def with_answer(self, source: str) -> tuple[str, ...]:
        return (*self.setup, source, *self.checks)


def exercise_cells(project: Project, lesson: Lesson) -> ExerciseCells:
    """Raises ``CourseError`` for a source at fault."""
    cells = [cell for cell in cells_of(project, lesson, "exercise") if cell.kind == "code"]
    at = _position(cells)
    solved = cells_of(project, lesson, "solution")
    return ExerciseCells(
        setup=tuple(cell.source for cell in cells[:at]),
        stub=cells[at].source,
        solution=solved[_position(solved)].source,
        checks=tuple(cell.source for cell in cells[at + 1 :] if _checks(cell.source)),
    )


def _position(cells: Sequence[Cell]) -> int:
    return next(index for index, cell in enumerate(cells) if ANSWER in cell.tags)


def _checks(source: str) -> list[ast.Call]:
    """The calls of ``lab.check`` in a cell."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "check"
    ]
