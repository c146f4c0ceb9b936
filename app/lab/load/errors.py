"""Reasons why load could not be sent at all."""

from app.course.errors import CourseError


class LoadError(CourseError):
    title = "The load could not be sent"


class Unreachable(LoadError):
    """Nothing accepts connections at the target's address."""


class WorkerDied(LoadError):
    """The load generator's process exited, or did not answer in time."""
