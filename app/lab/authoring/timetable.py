"""The table of lessons with their minutes, for the README and for notebooks."""

from app.lab.authoring.minutes import minutes
from app.lab.authoring.project import Project, file_name

NOTE = (
    "*Minutes to read a lesson, computed from its words and its code, and to run it, as measured. "
    "Those of an exercise are an estimate.*"
)


def timetable(project: Project, folder: str = "") -> str:
    """A Markdown table; its links start with ``folder``."""
    rows = ["| | Lesson | Minutes | Exercise |", "|--:|---|--:|--:|"]
    for lesson in project.published:
        link = f"[{lesson.title}]({folder}{file_name(lesson, 'lesson')})"
        exercise = str(lesson.exercise_minutes) if project.has_exercise(lesson) else ""
        rows.append(f"| {lesson.place} | {link} | {minutes(project, lesson)} | {exercise} |")
    reading = sum(minutes(project, lesson) for lesson in project.published)
    practice = sum(
        lesson.exercise_minutes for lesson in project.published if project.has_exercise(lesson)
    )
    rows.append(f"| | **All: {duration(reading + practice)}** | {reading} | {practice} |")
    return "\n".join([*rows, "", NOTE])


def duration(minutes: int) -> str:
    """``2 h 45 min`` for 165."""
    hours, rest = divmod(minutes, 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (rest, "min")) if n) or "0 min"
