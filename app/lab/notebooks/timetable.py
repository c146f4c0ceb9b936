"""The table of lessons with their minutes, for the README and for notebooks."""

from pathlib import Path

from app.lab.errors import CourseError
from app.lab.notebooks.project import FOLDERS, Project

START = "<!-- timetable -->"
END = "<!-- /timetable -->"


def timetable(project: Project, folder: str = "") -> str:
    """A Markdown table; its links start with ``folder``."""
    rows = ["| | Lesson | Minutes | Exercise |", "|--:|---|--:|--:|"]
    for number, lesson in enumerate(project.lessons):
        link = f"[{lesson.title}]({folder}{project.stem(lesson)}.ipynb)"
        exercise = str(lesson.exercise_minutes) if project.has_exercise(lesson) else ""
        rows.append(f"| {number} | {link} | {lesson.minutes} | {exercise} |")
    reading = sum(lesson.minutes for lesson in project.lessons)
    practice = sum(
        lesson.exercise_minutes for lesson in project.lessons if project.has_exercise(lesson)
    )
    rows.append(f"| | **All: {duration(reading + practice)}** | {reading} | {practice} |")
    return "\n".join(rows)


def duration(minutes: int) -> str:
    """``2 h 45 min`` for 165."""
    hours, rest = divmod(minutes, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (rest, "min")) if n) or "0 min"


def with_timetable(project: Project, readme: Path) -> str | None:
    """The README's text with a current timetable, or ``None`` if it has no place for one."""
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    if START not in text:
        return None
    before, _, rest = text.partition(START)
    if END not in rest:
        raise CourseError(f"{project.shown(readme)} has {START} but no {END} after it.")
    after = rest.partition(END)[2]
    table = timetable(project, f"{FOLDERS['lesson']}/")
    return f"{before}{START}\n{table}\n{END}{after}"
