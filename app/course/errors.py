"""Errors the course anticipates, reported as a sentence instead of a traceback."""


class CourseError(Exception):
    """Something went wrong that the reader can fix. The message says what, and how to fix it."""

    title = "This did not work"

    def _render_traceback_(self) -> list[str]:
        # IPython calls this instead of formatting the traceback.
        return [f"{self.title}: {self}"]
