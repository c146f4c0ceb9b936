"""Which predictions a lesson asks for."""

import re

from app.lab.authoring.project import Project

_CALL = re.compile(r"lab\.predict\(([^)]*)\)")
_NAME = re.compile(r"(\w+)\s*=")


def predictions_asked(slug: str, project: Project) -> tuple[str, ...]:
    """The names in the lesson's calls of ``lab.predict``, in order."""
    (lesson,) = project.chosen([slug])
    text = project.source(lesson, "lesson").read_text(encoding="utf-8")
    return tuple(name for call in _CALL.findall(text) for name in _NAME.findall(call))
