"""Small things a notebook shows: a status line, a hint, a piece of the shop's source."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import app
from app.course.errors import CourseError
from app.lab.display.code import Code


@dataclass(frozen=True)
class Note:
    """Markdown in a notebook, the same text in a terminal."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


def source(thing: Callable[..., Any] | type) -> Code:
    """The source of a function or class, read from its module or the notebook's cell."""
    text = textwrap.dedent(inspect.getsource(inspect.unwrap(thing)))
    in_notebook = thing.__module__ == "__main__"
    where = "In this notebook" if in_notebook else f"`{thing.__module__.replace('.', '/')}.py`"
    return Code(where, text.rstrip())


def file_source(path: Path) -> Code:
    """The whole of a file. Raises ``OSError`` where it cannot be read."""
    here = Path(next(iter(app.__path__))).parent
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return Code(f"`{shown.as_posix()}`", path.read_text(encoding="utf-8").rstrip())


def hint(hints: tuple[str, ...], layer: int) -> Note:
    """One layer of hint, 1 to 4. Raises ``CourseError`` for any other."""
    if not 1 <= layer <= len(hints):
        raise CourseError(f"There are {len(hints)} hints: lab.hint(1) to lab.hint({len(hints)}).")
    following = (
        "The solution itself: `lab.solution()`."
        if layer == len(hints)
        else f"More: `lab.hint({layer + 1})`."
    )
    return Note(f"**Hint {layer} of {len(hints)}.** {hints[layer - 1]} {following}")
