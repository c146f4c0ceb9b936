"""Forgets what is recorded of one lesson or of all; a copy of the record is kept."""

from app.course.catalogue import lesson_named
from app.course.errors import CourseError
from app.lab.authoring.project import BEFORE_RESET
from app.lab.learner.kept import keep_copy
from app.lab.learner.progress import forget, progress_file, read

ALL = "all"


def reset_progress(lesson: str) -> str:
    """Forget a lesson's attempts, hints and predictions, or with ``all`` those of every lesson.

    Returns a sentence. Raises ``CourseError`` for an unknown lesson, and then changes nothing.
    """
    if lesson != ALL:
        try:
            lesson_named(lesson)
        except LookupError as error:
            raise CourseError(str(error.args[0])) from None
    recorded = read()
    forgotten = [slug for slug in recorded if lesson in (ALL, slug)]
    if not forgotten:
        return "Nothing is recorded there."
    kept = keep_copy(progress_file(), BEFORE_RESET)
    forget(forgotten)
    return f"Forgotten: {', '.join(forgotten)}. The record as it was is in {kept}."
