"""The notebook file format, as far as the course needs it: plain JSON, the same bytes each time."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from app.course.errors import CourseError
from app.lab.authoring.assemble import ANSWER
from app.lab.authoring.project import Kind
from app.lab.authoring.source import Cell

Notebook = dict[str, Any]

METADATA: dict[str, Any] = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


def new_notebook(
    cells: list[Cell], slug: str, kind: Kind, *, seconds: int | None = None
) -> Notebook:
    """A notebook without outputs. A cell's id follows from its text, so it survives a move.

    ``seconds``: what it took to run, if known.
    """
    seen: Counter[str] = Counter()
    course = {"kind": kind, "lesson": slug} | ({} if seconds is None else {"seconds": seconds})
    return {
        "cells": [_new_cell(cell, _cell_id(cell, slug, seen)) for cell in cells],
        "metadata": {"course": course, **METADATA},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell_id(cell: Cell, slug: str, seen: Counter[str]) -> str:
    name = ANSWER if ANSWER in cell.tags else _digest(cell, slug)
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}-{seen[name]}"


def _digest(cell: Cell, slug: str) -> str:
    return hashlib.sha256(f"{slug}\0{cell.kind}\0{cell.source}".encode()).hexdigest()[:12]


def _new_cell(cell: Cell, cell_id: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": cell_id,
        "metadata": {"tags": list(cell.tags)} if cell.tags else {},
        "source": cell.source.splitlines(keepends=True),
    }
    if cell.kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def text_of(lines: str | list[str]) -> str:
    """A multi-line string of the format, which may be stored in either form."""
    return lines if isinstance(lines, str) else "".join(lines)


def code_cells(notebook: Notebook) -> list[tuple[int, dict[str, Any]]]:
    """The code cells with their position among all cells, counted from 1."""
    return [
        (number, cell)
        for number, cell in enumerate(notebook["cells"], start=1)
        if cell["cell_type"] == "code"
    ]


def tags_of(cell: dict[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", ()))


def identity(notebook: Notebook) -> tuple[str, str] | None:
    """Its kind and its lesson, from the metadata; ``None`` if it is no notebook of a course."""
    course = notebook["metadata"].get("course")
    try:
        return course["kind"], course["lesson"]
    except (KeyError, TypeError):
        return None


def read_notebook(path: Path) -> Notebook:
    """A notebook of format 4. Raises ``CourseError`` where there is none."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        whole = (
            notebook["nbformat"] == 4
            and isinstance(notebook["metadata"], dict)
            and all(
                "cell_type" in cell and "source" in cell and isinstance(cell["metadata"], dict)
                for cell in notebook["cells"]
            )
        )
    except FileNotFoundError:
        raise CourseError(f"There is no notebook {path}.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{path} cannot be read as a notebook ({error}).") from None
    if not whole:
        raise CourseError(f"{path} is not a notebook of format 4.")
    return dict(notebook)


def write_notebook(path: Path, notebook: Notebook) -> None:
    """Sorted, indented by one and ended by a newline, as Jupyter writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    beside = path.with_suffix(".ipynb.new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)
