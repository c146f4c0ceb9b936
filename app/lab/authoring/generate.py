"""A notebook as its source says it, before it is run."""

from app.course.lesson import Lesson
from app.lab.authoring.assemble import cells_of
from app.lab.authoring.minutes import run_time
from app.lab.authoring.notebook import Notebook, new_notebook
from app.lab.authoring.project import Kind, Project


def generated(project: Project, lesson: Lesson, kind: Kind) -> Notebook:
    """The notebook without outputs. Raises ``CourseError`` for a source at fault."""
    seconds = run_time(project, lesson) if kind == "lesson" else None
    return new_notebook(cells_of(project, lesson, kind), lesson.slug, kind, seconds=seconds)
