"""A situation the course knows, told in a sentence instead of a traceback."""


class CourseError(Exception):
    """Something went wrong that the reader can mend. The message says what and how."""

    title = "This did not work"

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this instead of formatting the traceback.
        return [f"{self.title}: {self}"]
