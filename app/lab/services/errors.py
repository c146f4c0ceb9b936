"""What goes wrong with the services, as sentences."""

from app.course.errors import CourseError


class ServicesError(CourseError):
    """PostgreSQL, Redis or their supervisor cannot be had. The message says why and what helps."""

    title = "The services are not ready"
