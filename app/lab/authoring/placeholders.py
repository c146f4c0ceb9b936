"""Placeholders such as ``{{ takeaway }}`` in a lesson's prose, for facts stated in other files."""

import re
from collections.abc import Mapping

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring.project import FOLDERS, Project
from app.lab.authoring.timetable import timetable

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
FENCE = re.compile(r"`{3,}|~{3,}")


def values(project: Project, lesson: Lesson) -> dict[str, str]:
    """The value of each placeholder."""
    return {
        "takeaway": lesson.takeaway,
        "timetable": timetable(project, f"../{FOLDERS['lesson']}/"),
    }


def fill(text: str, known: Mapping[str, str], file: str) -> str:
    """``text`` with its placeholders replaced, except inside fenced code, where braces are code.

    Raises ``CourseError``, with file and line, for an unknown placeholder.
    """
    lines = []
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[0]
        elif mark and line.strip().startswith(fence) and not line.strip(fence[0]).strip():
            fence = ""
        lines.append(line if fence or mark else _filled(line, known, f"{file}:{number}"))
    return "\n".join(lines)


def _filled(line: str, known: Mapping[str, str], where: str) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name not in known:
            raise CourseError(
                f"{where}: nothing is known about {{{{ {name} }}}}. "
                f"Placeholders are: {', '.join(known)}."
            )
        return known[name]

    return PLACEHOLDER.sub(replace, line)
