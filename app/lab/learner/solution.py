"""The solution of an exercise, once it no longer spoils it."""

from app.lab.authoring.frame import link
from app.lab.authoring.project import Project
from app.lab.display.code import Code
from app.lab.display.notes import Note
from app.lab.learner.progress import FAILURES_TO_SOLUTION, LAST_HINT, Entry
from app.lab.learner.shipped import answer_cells


def solution(slug: str, entry: Entry, project: Project) -> Code | Note:
    """The solution's cell, or a sentence that says how to get to it."""
    code = "\n\n\n".join(answer_cells(slug, "solution", project))
    if not entry.solution_is_open:
        return Note(_how_to_open(entry))
    (lesson,) = project.chosen([slug])
    notebook = link(f"Solution {lesson.place:02d}", lesson, "solution")
    return Code(f"One solution, which {notebook} has as a notebook to run.", code)


def _how_to_open(entry: Entry) -> str:
    unread = next(layer for layer in range(1, LAST_HINT + 1) if layer not in entry.hints)
    return (
        f"The solution opens once your answer passes, after {FAILURES_TO_SOLUTION} failed checks "
        f"(so far: {entry.failures}) or with `lab.hint({LAST_HINT})`: run your check, or read "
        f"`lab.hint({unread})`."
    )
