"""Which lessons cannot run on this machine."""

import sys
from collections.abc import Iterable, Mapping

from app.course.lesson import Lesson
from app.lab.services import connect


def left_out(lessons: Iterable[Lesson]) -> Mapping[Lesson, str]:
    """Those of ``lessons`` that this machine lacks something for, with what that is.

    Raises ``ServicesError`` if that cannot be found out.
    """
    lessons = tuple(lessons)
    missing: dict[Lesson, str] = {}
    if sys.platform == "win32":
        unsupported = [one for one in lessons if one.needs_posix]
        missing |= dict.fromkeys(unsupported, "it does not run on Windows")
    needing_redis = [one for one in lessons if one.needs_redis]
    if needing_redis:
        with connect("looking for Redis") as client:
            if client.redis.url is None:
                missing |= dict.fromkeys(needing_redis, "there is no Redis on this machine")
    return missing
