"""Generates the frame around a lesson's text: heading, box, links and the line on hints."""

from app.course.lesson import Lesson
from app.lab.authoring.minutes import minutes
from app.lab.authoring.project import FOLDERS, Kind, Project, file_name

HINTS = (
    "Stuck? There are [four hints](../docs/lab.md#labhint), each more explicit than the one "
    "before: `lab.hint(1)` says where to look, `lab.hint(4)` outlines the solution. After two "
    "failed checks `lab.solution()` shows it. `lab.reset()` restores the cell to edit."
)


def opening(project: Project, lesson: Lesson, kind: Kind) -> str:
    """The Markdown of a notebook's first cell."""
    if kind == "lesson":
        return _lesson_opening(project, lesson)
    back = f"**Lesson**: {link(lesson.title, lesson, 'lesson')}"
    if kind == "exercise":
        heading = "Exercise"
        also = f"**Time**: about {lesson.exercise_minutes} minutes"
        if lesson.exercise_difficulty:
            also += f" · **Difficulty**: {lesson.exercise_difficulty}"
    else:
        heading = "Solution"
        also = f"**Exercise**: {link(lesson.exercise_title, lesson, 'exercise')}"
    return f"# {heading} {lesson.place:02d}: {lesson.exercise_title}\n\n> {back} · {also}"


def _lesson_opening(project: Project, lesson: Lesson) -> str:
    time = f"{minutes(project, lesson)} minutes"
    if project.has_exercise(lesson):
        time += f", plus {lesson.exercise_minutes} for the exercise"
    facts = {"Time": time, "Builds on": _needed(project, lesson), "Changes": lesson.changes}
    shown = " · ".join(f"**{name}**: {fact}" for name, fact in facts.items() if fact)
    return f"# {lesson.title}\n\n> **After this lesson you can** {lesson.abilities}.\n>\n> {shown}"


def closing(project: Project, lesson: Lesson, kind: Kind) -> str:
    """The Markdown of a notebook's last cell: help, and where to go next."""
    parts = []
    if kind == "lesson" and project.has_exercise(lesson):
        exercise = link(lesson.exercise_title, lesson, "exercise")
        parts.append(f"**Exercise** ({lesson.exercise_minutes} minutes): {exercise}")
    if kind == "exercise":
        solution = link(f"Solution {lesson.place:02d}", lesson, "solution")
        parts += [HINTS, f"**Solution**: {solution}, to compare with yours"]
    if following := project.following(lesson):
        parts.append(f"**Next**: {link(following.title, following, 'lesson')}")
    elif kind != "lesson" or not parts:
        parts.append("This was the last lesson.")
    return "\n\n".join(parts)


def _needed(project: Project, lesson: Lesson) -> str:
    """Its prerequisites and the lessons it builds on; a planned one has nothing to link to."""
    written = {other.slug: other for other in project.lessons}
    lessons = [
        link(written[slug].title, written[slug], "lesson") if slug in written else f"*{slug}*"
        for slug in lesson.builds_on
    ]
    return ", ".join([*([lesson.prerequisites] if lesson.prerequisites else []), *lessons])


def link(text: str, lesson: Lesson, kind: Kind) -> str:
    """Relative to any of the notebook folders."""
    return f"[{text}](../{FOLDERS[kind]}/{file_name(lesson, kind)})"
