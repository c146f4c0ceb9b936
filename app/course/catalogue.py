"""The lessons of this course in order, read from their folders."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from app.course.lesson import DESCRIPTION, Lesson, LessonError, read_lesson


@cache
def all_lessons() -> tuple[Lesson, ...]:
    """Every lesson by place, planned ones too. Raises ``LessonError`` for contradictions."""
    folders = files("app.lessons").iterdir()
    found = [read_lesson(folder) for folder in folders if folder.joinpath(DESCRIPTION).is_file()]
    return in_order(found)


def in_order(lessons: Iterable[Lesson]) -> tuple[Lesson, ...]:
    """The lessons by place. Raises ``LessonError`` for a place that two of them claim, and for a
    lesson that builds on one that does not come before it."""
    ordered = sorted(lessons, key=lambda lesson: (lesson.place, lesson.slug))
    earlier: dict[str, Lesson] = {}
    last: Lesson | None = None
    for lesson in ordered:
        if last is not None and lesson.place == last.place:
            raise LessonError(f"{last.slug} and {lesson.slug} both have place {lesson.place}.")
        for needed in lesson.builds_on:
            if needed not in earlier:
                raise LessonError(
                    f"{lesson.slug} builds on {needed!r}, which does not come before it."
                )
        earlier[lesson.slug] = last = lesson
    return tuple(ordered)


def written_lessons() -> tuple[Lesson, ...]:
    """The lessons that have a notebook, in order, drafts too."""
    return tuple(lesson for lesson in all_lessons() if lesson.written)


def published_lessons() -> tuple[Lesson, ...]:
    """The lessons shown to learners, in order: the written ones without the drafts."""
    return tuple(lesson for lesson in written_lessons() if not lesson.draft)


def stages() -> tuple[str, ...]:
    """The slugs of all lessons in order; each may leave the shop in a different state."""
    return tuple(lesson.slug for lesson in all_lessons())


def lesson_named(slug: str) -> Lesson:
    """The written lesson with that slug. Raises ``LookupError`` with the known slugs."""
    for lesson in written_lessons():
        if lesson.slug == slug:
            return lesson
    known = ", ".join(lesson.slug for lesson in written_lessons())
    raise LookupError(f"There is no lesson {slug!r}. The lessons are: {known}.")
