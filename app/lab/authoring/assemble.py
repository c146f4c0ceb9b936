"""Which cells each of a lesson's notebooks has."""

from dataclasses import replace

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.lab.authoring.placeholders import values
from app.lab.authoring.project import Kind, Project
from app.lab.authoring.source import Cell, read_cells

ANSWER = "answer"
"""The tag of the one cell that a learner edits."""
PAIR = ("stub", "solution")
PART: dict[Kind, str] = {"exercise": "stub", "solution": "solution"}
ONLY = {"only-exercise": "exercise", "only-solution": "solution"}


def cells_of(project: Project, lesson: Lesson, kind: Kind) -> list[Cell]:
    """The cells of one notebook, with its links. Raises ``CourseError`` for a source at fault."""
    path = project.source(lesson, kind)
    cells = read_cells(path, values(project, lesson), project.shown(path))
    if kind == "lesson":
        return [*cells, Cell("markdown", lesson_links(project, lesson))]
    _require_pair(cells, project.shown(path))
    chosen = [_as_answer(cell, kind) for cell in cells if _belongs(cell, kind)]
    return [chosen[0], Cell("markdown", exercise_links(project, lesson, kind)), *chosen[1:]]


def lesson_links(project: Project, lesson: Lesson) -> str:
    """What comes after the lesson: its exercise, then the next lesson."""
    links = []
    if project.has_exercise(lesson):
        path = values(project, lesson)["exercise_path"]
        links.append(f"**Exercise** ({lesson.exercise_minutes} minutes): [{lesson.slug}]({path})")
    following = project.lessons[project.lessons.index(lesson) + 1 :]
    if following:
        links.append(f"**Next**: [{following[0].title}]({following[0].stem}.ipynb)")
    return " · ".join(links) or "This was the last lesson."


def exercise_links(project: Project, lesson: Lesson, kind: Kind) -> str:
    known = values(project, lesson)
    lesson_link = f"**Lesson**: [{lesson.title}]({known['lesson_path']})"
    if kind == "solution":
        return f"{lesson_link} · **Exercise**: [{lesson.slug}]({known['exercise_path']})"
    return f"{lesson_link} · about {lesson.exercise_minutes} minutes"


def _belongs(cell: Cell, kind: Kind) -> bool:
    for tag in cell.tags:
        if tag in PAIR and tag != PART[kind]:
            return False
        if ONLY.get(tag, kind) != kind:
            return False
    return True


def _as_answer(cell: Cell, kind: Kind) -> Cell:
    if PART[kind] not in cell.tags:
        return replace(cell, tags=tuple(tag for tag in cell.tags if tag not in ONLY))
    return replace(cell, tags=(ANSWER, *(tag for tag in cell.tags if tag not in PAIR)))


def _require_pair(cells: list[Cell], shown: str) -> None:
    places = [
        [index for index, cell in enumerate(cells) if part in cell.tags and cell.kind == "code"]
        for part in PAIR
    ]
    stubs, solutions = places
    if len(stubs) != 1 or len(solutions) != 1 or solutions[0] != stubs[0] + 1:
        raise CourseError(
            f'{shown} needs one code cell tagged "stub" and, right after it, one tagged '
            f'"solution"; it has {len(stubs)} and {len(solutions)}.'
        )
    if stubs[0] == 0:
        raise CourseError(f"{shown} must begin with prose that says what the exercise is.")
