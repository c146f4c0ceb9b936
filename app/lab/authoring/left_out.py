"""Which lessons cannot run on this machine."""

from collections.abc import Iterable

from app.course.lesson import Lesson
from app.lab.services import connect


def without_redis(lessons: Iterable[Lesson]) -> tuple[Lesson, ...]:
    """Those of ``lessons`` that need Redis, if this machine has none; otherwise none of them.

    Raises ``ServicesError`` if that cannot be found out.
    """
    needing = tuple(lesson for lesson in lessons if lesson.needs_redis)
    if not needing:
        return ()
    with connect("looking for Redis") as client:
        return needing if client.redis.url is None else ()
