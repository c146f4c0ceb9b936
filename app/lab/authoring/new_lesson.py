"""Makes the folder of a new lesson, complete and working, from the templates."""

import json
import keyword
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from string import Template

from app.course.errors import CourseError
from app.course.lesson import DESCRIPTION, Lesson
from app.lab.authoring.project import Project

TEMPLATES = Path(__file__).parent / "templates"
COMMON = "common"
EXAMPLE = "new_lesson"
"""The slug that the templates use, so that they are valid text and code as they stand."""
SLUG = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
PLACES = 100
"""File names have two digits."""


class NewLessonError(CourseError):
    title = "No lesson was made"


def kinds() -> tuple[str, ...]:
    """The kinds of exercise that there is a template for."""
    return tuple(sorted(path.name for path in TEMPLATES.iterdir() if _is_kind(path)))


def _is_kind(path: Path) -> bool:
    return path.joinpath("exercise.md").is_file()


def new_lesson(
    project: Project,
    slug: str,
    *,
    known: Collection[Lesson],
    title: str | None = None,
    place: int | None = None,
    kind: str = "endpoint",
) -> list[Path]:
    """Writes what the lesson's folder lacks and returns the new files.

    ``known`` are all lessons, planned ones too. A planned lesson keeps its title, its place and its
    files; another one gets ``title`` and ``place``, by default the first free one. Raises
    ``NewLessonError``, before anything is written, for arguments that make no new lesson.
    """
    _require_slug(slug)
    if kind not in kinds():
        raise NewLessonError(f"There is no kind {kind!r} of exercise; choose {_or(kinds())}.")
    planned = next((lesson for lesson in known if lesson.slug == slug), None)
    if planned is None:
        lesson = _unplanned(project, slug, title, place, known)
    else:
        lesson = _as_planned(planned, title, place)
    return _written(project.sources / slug, lesson, kind)


def _require_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug) or keyword.iskeyword(slug):
        raise NewLessonError(
            f"{slug!r} cannot be a slug: it names a Python package, so it must begin with a "
            "lower-case letter, consist of lower-case letters, digits and underscores, and be no "
            "word of the language."
        )


def _as_planned(planned: Lesson, title: str | None, place: int | None) -> Lesson:
    if planned.written:
        raise NewLessonError(f"The lesson {planned.slug!r} is written already.")
    for name, given in (("title", title), ("place", place)):
        stands = getattr(planned, name)
        if given not in (None, stands):
            raise NewLessonError(
                f"{planned.slug!r} is planned with {name} {stands!r}, not {given!r}. Leave the "
                f"option out, or change the {DESCRIPTION} in its folder first."
            )
    return planned


def _unplanned(
    project: Project, slug: str, title: str | None, place: int | None, known: Collection[Lesson]
) -> Lesson:
    folder = project.sources / slug
    if any(path.name != "__pycache__" for path in folder.glob("*")):
        raise NewLessonError(f"{project.shown(folder)} holds files already, but no {DESCRIPTION}.")
    if title is None or not title.strip() or not title.isprintable():
        raise NewLessonError(
            f"{slug!r} is not planned, so it needs a title of one line: "
            f'course new {slug} --title "Why is …?"'
        )
    return Lesson(slug, _free_place(place, known), title.strip())


def _free_place(place: int | None, known: Collection[Lesson]) -> int:
    taken = {lesson.place: lesson for lesson in known}
    end = max(taken, default=-1) + 1
    free = [number for number in range(min(end + 1, PLACES)) if number not in taken]
    if not free:
        raise NewLessonError(f"All {PLACES} places are taken.")
    if place is None:
        return free[0]
    if place not in free:
        why = f"is taken by {taken[place].slug!r}" if place in taken else "would leave a gap"
        raise NewLessonError(
            f"Place {place} {why}; free: {', '.join(map(str, free))}. To make room, change `place` "
            f"in the {DESCRIPTION} of the lessons that are to come later."
        )
    return place


def _written(folder: Path, lesson: Lesson, kind: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    made = []
    for template in (TEMPLATES / COMMON, TEMPLATES / kind):
        for source in sorted(path for path in template.iterdir() if path.is_file()):
            target = folder / source.name
            text = _filled(source.read_text(encoding="utf-8"), lesson)
            if source.name == DESCRIPTION:
                text = _completed(target, text)
            elif target.exists():
                continue
            target.write_text(text, encoding="utf-8", newline="\n")
            made.append(target)
    return made


def _completed(path: Path, template: str) -> str:
    """The description in ``path``, if any, and the lines of ``template`` with the keys it lacks."""
    present = path.read_text(encoding="utf-8") if path.exists() else ""
    keys = tomllib.loads(present)
    lines = template.splitlines(keepends=True)
    return present + "".join(line for line in lines if line.partition(" = ")[0] not in keys)


def _filled(text: str, lesson: Lesson) -> str:
    title = json.dumps(lesson.title, ensure_ascii=False)  # as TOML writes it
    text = Template(text).safe_substitute(place=lesson.place, title=title)
    return text.replace(EXAMPLE, lesson.slug)


def _or(words: Collection[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}"
