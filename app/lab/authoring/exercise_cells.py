"""The code cells of an exercise, by the part they play when an answer is tried."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring.assemble import ANSWER, cells_of
from app.lab.authoring.project import Project
from app.lab.authoring.source import Cell

BREAK = "\n#%%\n"
"""Between the cells of an answer, where it has several."""


@dataclass(frozen=True, slots=True)
class ExerciseCells:
    """What a learner runs from the top to the check."""

    setup: tuple[tuple[str, ...], ...]
    """For each cell to edit, the cells between it and the one before it."""
    stub: str
    """The cells to edit, as shipped, with a ``BREAK`` between them."""
    solution: str
    """Those of the solution, likewise."""
    checks: tuple[str, ...]
    """The cells below them that call ``lab.check``. The others are there to look around, and the
    stored solution shows that they run."""

    @property
    def answers(self) -> tuple[str, ...]:
        """The names that are handed in, in order."""
        calls = [call for source in self.checks for call in _checks(source)]
        return tuple(
            given.id for call in calls for given in call.args if isinstance(given, ast.Name)
        )

    def with_answer(self, source: str) -> tuple[str, ...]:
        """All cells, with ``source`` in the place of those to edit.

        Raises ``CourseError`` where it has another number of cells.
        """
        answers = source.split(BREAK)
        if len(answers) != len(self.setup):
            raise CourseError(
                f"The exercise has {len(self.setup)} cells to edit, and an attempt {len(answers)}."
            )
        filled = zip(self.setup, answers, strict=True)
        return (*(cell for above, own in filled for cell in (*above, own)), *self.checks)


def exercise_cells(project: Project, lesson: Lesson) -> ExerciseCells:
    """Raises ``CourseError`` for a source at fault."""
    cells = [cell for cell in cells_of(project, lesson, "exercise") if cell.kind == "code"]
    places = [index for index, cell in enumerate(cells) if ANSWER in cell.tags]
    starts = [0, *(place + 1 for place in places)]
    return ExerciseCells(
        setup=tuple(
            tuple(cell.source for cell in cells[start:place])
            for start, place in zip(starts, places, strict=False)
        ),
        stub=_joined(cells),
        solution=_joined(cells_of(project, lesson, "solution")),
        checks=tuple(cell.source for cell in cells[starts[-1] :] if _checks(cell.source)),
    )


def _joined(cells: Sequence[Cell]) -> str:
    return BREAK.join(cell.source for cell in cells if ANSWER in cell.tags)


def _checks(source: str) -> list[ast.Call]:
    """The calls of ``lab.check`` in a cell."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "check"
    ]
