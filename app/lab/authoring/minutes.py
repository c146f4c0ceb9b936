"""How long a lesson takes: to read its prose and code, to study its results, and to run it.

Prose counts at 238 words a minute, the mean rate of silent reading of English non-fiction in 190
studies (M. Brysbaert, "How many words do we read per minute?", Journal of Memory and Language 109,
2019). There is no such figure for code and results: ``LINE`` and ``RESULT`` are assumptions. The
time to run it is measured by ``course build`` and kept in the notebook's metadata, so that the
minutes follow from the files alone.
"""

import json
import re
from functools import cache
from pathlib import Path

from app.course.lesson import Lesson
from app.lab.authoring.project import Project

WORDS = 238
"""A minute."""
LINE = 5.0
"""Seconds to read a line of code."""
RESULT = 20.0
"""Seconds to study what one cell shows."""
STEP = 5
"""Minutes are rounded to a multiple of this; more would be false precision."""
TOLERANCE = 30
"""Seconds by which a new run time must differ to replace the stored one, which would otherwise
change with every build."""
_FENCED = re.compile(r"^(`{3,})(python)?[^\n]*\n(.*?)^\1", re.MULTILINE | re.DOTALL)


def minutes(project: Project, lesson: Lesson) -> int:
    """To work through the lesson's notebook, without its exercise."""
    text = project.source(lesson, "lesson").read_text(encoding="utf-8")
    cells = [code for _, language, code in _FENCED.findall(text) if language]
    lines = [line for code in cells for line in code.splitlines() if line.strip()]
    words = len(_FENCED.sub("", text).split())
    seconds = 60 * words / WORDS + LINE * len(lines) + RESULT * len(cells)
    total = (seconds + (run_time(project, lesson) or 0)) / 60
    return max(STEP, STEP * round(total / STEP))


def run_time(project: Project, lesson: Lesson) -> int | None:
    """Seconds that the lesson took when ``course build`` last ran it; ``None`` if unknown."""
    path = project.notebook(lesson, "lesson")
    try:
        return _stored(path, path.stat().st_mtime_ns)
    except OSError:
        return None


def settled(measured: float, stored: int | None) -> int:
    """The run time to store, in whole seconds."""
    if stored is not None and abs(measured - stored) < TOLERANCE:
        return stored
    return round(measured)


@cache
def _stored(path: Path, changed: int) -> int | None:  # noqa: ARG001
    try:
        seconds = json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]["seconds"]
    except (ValueError, KeyError, TypeError):
        return None
    return seconds if isinstance(seconds, int) else None
