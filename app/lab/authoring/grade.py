"""Grades a learner's exercise notebook by running it from top to bottom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from app.course.exercise import OutcomeName
from app.lab.authoring.execute import Failure, execute
from app.lab.authoring.notebook import Notebook, code_cells, read_notebook
from app.lab.authoring.project import ENDINGS
from app.lab.checks.outcome import MIMETYPE

CELL_TIMEOUT = 120.0
"""Seconds."""

EXIT_CODES: dict[OutcomeName, int] = {"passed": 0, "wrong": 1, "error": 2, "not attempted": 3}


@dataclass(frozen=True, slots=True)
class Grade:
    """The outcome of one notebook."""

    notebook: str
    lesson: str
    outcome: OutcomeName
    message: str
    hint: int | None = None
    work: dict[str, int] = field(default_factory=dict)


def grade(path: Path, *, timeout: float = CELL_TIMEOUT) -> Grade:
    """Run the notebook in a fresh kernel in its folder, without changing the file.

    Raises ``CourseError`` if there is no such notebook.
    """
    notebook = read_notebook(path)
    executed, failure = execute(_without_outputs(notebook), path.resolve().parent, timeout=timeout)
    told = _last_outcome(executed)
    if failure and not (failure.kind == "raised" and _told_by_cell(executed, failure)):
        return Grade(str(path), _lesson(notebook, path), "error", _sentence(failure))
    if told is None:
        return Grade(str(path), _lesson(notebook, path), "not attempted", "No check was reached.")
    return Grade(
        notebook=str(path),
        lesson=told["lesson"],
        outcome=cast("OutcomeName", told["outcome"]),
        message=told["message"],
        hint=told.get("hint"),
        work=told.get("work") or {},
    )


def exit_code(grades: Iterable[Grade]) -> int:
    """The highest of the notebooks' codes: 0 passed, 1 wrong, 2 error, 3 not attempted."""
    return max((EXIT_CODES[grade.outcome] for grade in grades), default=0)


def _sentence(failure: Failure) -> str:
    return f"{str(failure)[0].upper()}{str(failure)[1:]}"


def _without_outputs(notebook: Notebook) -> Notebook:
    """So that an outcome stored by an earlier run is not mistaken for this one's."""
    cells = [
        cell | {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    return notebook | {"cells": cells}


def _last_outcome(notebook: Notebook) -> dict[str, Any] | None:
    told = [data for _, cell in code_cells(notebook) for data in _outcomes(cell)]
    return told[-1] if told else None


def _told_by_cell(notebook: Notebook, failure: Failure) -> bool:
    """Whether the cell that raised is a check that rejected the answer, rather than broken code."""
    return bool(_outcomes(notebook["cells"][failure.cell - 1]))


def _outcomes(cell: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        output["data"][MIMETYPE] for output in cell["outputs"] if MIMETYPE in output.get("data", {})
    ]


def _lesson(notebook: Notebook, path: Path) -> str:
    """From the metadata, or else from the file name."""
    named = notebook.get("metadata", {}).get("course", {}).get("lesson")
    if named:
        return str(named)
    return path.stem.lstrip("0123456789").lstrip("_").removesuffix(ENDINGS["exercise"])
