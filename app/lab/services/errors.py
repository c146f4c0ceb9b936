"""The error that every failure of the services is reported as."""

from app.course.errors import CourseError


class ServicesError(CourseError):
    """PostgreSQL, Redis or the supervisor is unavailable. The message says why and what to do."""

    title = "The services are not ready"
