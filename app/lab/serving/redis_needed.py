"""Lessons that need Redis, on a machine that has none."""

from app.course.errors import CourseError
from app.lab.services import Client


def require_redis(client: Client) -> None:
    """Raises ``CourseError`` with the reason and the remedies if there is no Redis."""
    if client.redis.url is None:
        raise CourseError(
            f"This lesson needs Redis; the other lessons run without it. {client.redis.problem}"
        )
