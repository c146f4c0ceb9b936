"""What the course knows of a lesson: its folder's ``lesson.toml``."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from app.course.errors import CourseError

DESCRIPTION = "lesson.toml"
DIFFICULTIES = ("easy", "medium", "hard")


class LessonError(CourseError):
    title = "A lesson is described wrongly"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson, written or planned."""

    slug: str
    """The name of its folder."""
    place: int
    """Its position in the course, and the number in its file names. Planned lessons have theirs
    already, so writing one renames no other."""
    title: str
    """The question it answers, as a colleague would ask it."""
    exercise_title: str = ""
    exercise_minutes: int = 0
    """To solve the exercise."""
    exercise_difficulty: str = ""
    """One of ``DIFFICULTIES``; empty for a lesson without an exercise."""
    abilities: str = ""
    """What the learner can do afterwards: the end of the sentence "After this lesson you can …"."""
    takeaway: str = ""
    """What it leaves the learner with, in one sentence."""
    changes: str = ""
    """The part of the shop it works on, as a phrase."""
    prerequisites: str = ""
    """What the learner needs from outside the course, as a phrase; empty for most lessons."""
    needs_redis: bool = False
    """Whether it can only run with Redis; the others also run with a cache in memory."""
    needs_posix: bool = False
    """Whether it cannot run on Windows."""
    builds_on: tuple[str, ...] = ()
    """Slugs of the lessons it needs, all of them earlier."""
    draft: bool = False
    """Whether it is still being written: it can be built, opened and verified like any other, but
    no other notebook and no table of lessons mentions it."""
    written: bool = False
    """Whether its folder has the text of a notebook."""

    @property
    def stem(self) -> str:
        """The notebook's file name without its suffix, such as ``02_pooling``."""
        return f"{self.place:02d}_{self.slug}"


_TYPES: Mapping[str, type] = {
    "place": int,
    "title": str,
    "exercise_title": str,
    "exercise_minutes": int,
    "exercise_difficulty": str,
    "abilities": str,
    "takeaway": str,
    "changes": str,
    "prerequisites": str,
    "needs_redis": bool,
    "needs_posix": bool,
    "builds_on": list,
    "draft": bool,
}
_PLANNED = frozenset({"place", "title"})
_WRITTEN = _PLANNED | {"abilities", "takeaway", "changes"}
_EXERCISE = frozenset({"exercise_title", "exercise_minutes", "exercise_difficulty"})


def read_lesson(folder: Traversable) -> Lesson:
    """The lesson in ``folder``. Raises ``LessonError`` that names the file and what is wrong."""
    shown = f"app/lessons/{folder.name}/{DESCRIPTION}"
    try:
        values = tomllib.loads(folder.joinpath(DESCRIPTION).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"{shown}: {error}.") from None
    written = folder.joinpath("lesson.md").is_file()
    required = _WRITTEN if written else _PLANNED
    if folder.joinpath("exercise.md").is_file():
        required |= _EXERCISE
    _validate(values, required, shown)
    values["builds_on"] = tuple(values.get("builds_on", ()))
    return Lesson(slug=folder.name, written=written, **values)


def _validate(values: Mapping[str, Any], required: Collection[str], shown: str) -> None:
    missing = sorted(set(required) - values.keys())
    unknown = sorted(values.keys() - _TYPES.keys())
    if missing:
        raise LessonError(f"{shown} has no {', '.join(missing)}.")
    if unknown:
        raise LessonError(f"{shown}: unknown {', '.join(unknown)}; known: {', '.join(_TYPES)}.")
    for name, value in values.items():
        if type(value) is not _TYPES[name]:
            raise LessonError(f"{shown}: {name} is {value!r}, not of type {_TYPES[name].__name__}.")
    if values.get("exercise_difficulty", DIFFICULTIES[0]) not in DIFFICULTIES:
        raise LessonError(
            f"{shown}: exercise_difficulty is {values['exercise_difficulty']!r}, which is none of "
            f"{', '.join(DIFFICULTIES)}."
        )
