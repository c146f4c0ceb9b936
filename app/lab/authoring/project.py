"""Where a course keeps its sources and its notebooks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.course.catalogue import written_lessons
from app.course.errors import CourseError
from app.course.lesson import Lesson

Kind = Literal["lesson", "exercise", "solution"]

FOLDERS: dict[Kind, str] = {
    "lesson": "notebooks",
    "exercise": "exercises",
    "solution": "solutions",
}
ENDINGS: dict[Kind, str] = {"lesson": "", "exercise": "_exercise", "solution": "_solution"}
"""End of a notebook's file name before its suffix. JupyterLab shows file names on its tabs, so the
notebooks of a lesson must not share one."""
BEFORE_RESET = "before-reset"
"""Part of the names of the copies that ``course reset`` keeps next to a notebook."""


@dataclass(frozen=True, slots=True)
class Project:
    """A course on disk: ``root`` contains the notebooks, ``sources`` a folder for each lesson."""

    root: Path
    sources: Path
    lessons: tuple[Lesson, ...] = field(default_factory=written_lessons)

    @property
    def published(self) -> tuple[Lesson, ...]:
        """The lessons that are not drafts."""
        return tuple(lesson for lesson in self.lessons if not lesson.draft)

    def source(self, lesson: Lesson, kind: Kind) -> Path:
        """The text that a notebook is generated from; an exercise and its solution share one."""
        name = "lesson.md" if kind == "lesson" else "exercise.md"
        return self.sources / lesson.slug / name

    def notebook(self, lesson: Lesson, kind: Kind) -> Path:
        return self.root / FOLDERS[kind] / file_name(lesson, kind)

    def has_exercise(self, lesson: Lesson) -> bool:
        return self.source(lesson, "exercise").exists()

    def kinds(self, lesson: Lesson) -> tuple[Kind, ...]:
        """The notebooks this lesson has."""
        return ("lesson", "exercise", "solution") if self.has_exercise(lesson) else ("lesson",)

    def following(self, lesson: Lesson) -> Lesson | None:
        """The published lesson after this one; ``None`` after the last."""
        later = (other for other in self.published if other.place > lesson.place)
        return next(later, None)

    def chosen(self, slugs: Sequence[str]) -> tuple[Lesson, ...]:
        """The lessons with these slugs, in the course's order; all lessons if there are none.

        Raises ``CourseError`` for an unknown slug.
        """
        known = [lesson.slug for lesson in self.lessons]
        for slug in slugs:
            if slug not in known:
                raise CourseError(
                    f"There is no lesson {slug!r}. The lessons are: {', '.join(known)}."
                )
        return tuple(lesson for lesson in self.lessons if not slugs or lesson.slug in slugs)

    def shown(self, path: Path) -> str:
        """The path relative to the project, for messages."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )


def file_name(lesson: Lesson, kind: Kind) -> str:
    """Such as ``02_pooling_exercise.ipynb``."""
    return f"{lesson.stem}{ENDINGS[kind]}.ipynb"


def this_project() -> Project:
    """The course that this package belongs to."""
    root = Path(__file__).resolve().parents[3]
    return Project(root=root, sources=root / "app" / "lessons")
