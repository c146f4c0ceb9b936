"""Reads a lesson's Markdown as cells."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.course.errors import CourseError
from app.lab.authoring.placeholders import fill

# The reader would turn ```sql and other languages into cells with a magic. Only Python runs here,
# so this mark on their fences hides them from it.
PROSE = "prose:"
OTHER_LANGUAGE = re.compile(r"^(`{3,})(?!python\b)(?=\w)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cell:
    kind: Literal["code", "markdown"]
    source: str
    tags: tuple[str, ...] = ()


def read_cells(path: Path, known: Mapping[str, str], shown: str) -> list[Cell]:
    """The cells of a Markdown file. ``shown`` is what errors call it.

    Code between ```` ```python ```` fences is a code cell, everything else prose; tags stand in
    the fence line (``python tags=["stub"]``) or in ``<!-- #region tags=["only-exercise"] -->``.
    """
    import jupytext

    if not path.exists():
        raise CourseError(f"{shown} is missing.")
    text = fill(path.read_text(encoding="utf-8"), known, shown)
    notebook = jupytext.reads(OTHER_LANGUAGE.sub(rf"\1{PROSE}", text), fmt="md")
    return [
        Cell(
            kind="code" if cell.cell_type == "code" else "markdown",
            source=cell.source.replace(f"```{PROSE}", "```"),
            tags=tuple(cell.metadata.get("tags", ())),
        )
        for cell in notebook.cells
    ]
