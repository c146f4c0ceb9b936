"""The generated parts of the README, each between two comments with its name."""

from collections.abc import Callable
from pathlib import Path

from app.course.errors import CourseError
from app.lab.authoring.project import FOLDERS, Project
from app.lab.authoring.timetable import timetable
from app.lab.load.figures import ladder_table
from app.lab.tools.frameworks.document import frameworks_table

Part = Callable[[Project], str | None]
"""Returns the Markdown of a part; ``None`` if its figures have not been measured yet."""


def _timetable(project: Project) -> str:
    return timetable(project, f"{FOLDERS['lesson']}/")


def _ladder(project: Project) -> str | None:
    return ladder_table(project.root)


def _frameworks(project: Project) -> str | None:
    return frameworks_table(project.root)


PARTS: dict[str, Part] = {"timetable": _timetable, "ladder": _ladder, "frameworks": _frameworks}


def path_of(project: Project) -> Path:
    return project.root / "README.md"


def with_parts(project: Project) -> str:
    """The README's text with all parts up to date; empty if there is no README.

    Raises ``CourseError`` for a part without an end.
    """
    path = path_of(project)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for name, part in PARTS.items():
        if start_of(name) in text and (content := part(project)) is not None:
            text = _with_part(text, name, content)
    return text


def start_of(name: str) -> str:
    return f"<!-- {name} -->"


def _with_part(text: str, name: str, content: str) -> str:
    start, end = start_of(name), f"<!-- /{name} -->"
    before, _, rest = text.partition(start)
    if end not in rest:
        raise CourseError(f"README.md has {start} but no {end} after it.")
    return f"{before}{start}\n{content}\n{end}{rest.partition(end)[2]}"
