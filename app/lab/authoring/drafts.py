"""Finds the parts of a lesson that are still to be written: the marked lines."""

from collections.abc import Iterator, Sequence

from app.course.lesson import DESCRIPTION, Lesson
from app.lab.authoring.project import Project

MARK = "TODO"
PUNCTUATION = " :,.\"')"
"""Around what a mark says, where it stands in code."""
TEXT = frozenset({".md", ".py", ".toml"})


def unfinished(project: Project, lesson: Lesson) -> Iterator[str]:
    """A sentence for each marked line in the lesson's own files."""
    for path in sorted((project.sources / lesson.slug).iterdir()):
        if path.suffix not in TEXT:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            _, mark, what = line.partition(MARK)
            if mark:
                where = f"{project.shown(path)}:{number}"
                yield f"{where}: still to be written: {what.strip(PUNCTUATION)}"


def notes(project: Project, slugs: Sequence[str] = ()) -> list[str]:
    """What remains to be done in the selected drafts. None of it is a fault."""
    found: list[str] = []
    for lesson in project.chosen(slugs):
        if lesson.draft:
            path = project.shown(project.sources / lesson.slug / DESCRIPTION)
            done = f"{path}: nothing is left to write; remove `draft = true` to publish the lesson"
            found += list(unfinished(project, lesson)) or [done]
    return found
