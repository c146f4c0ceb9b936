"""The order of the lessons, and the errors for invalid descriptions."""

from pathlib import Path

import pytest

from app.course.catalogue import all_lessons, in_order, lesson_named, stages, written_lessons
from app.course.lesson import Lesson, LessonError, read_lesson

PLANNED = 'place = 4\ntitle = "Why?"\n'
WRITTEN = f"""{PLANNED}
abilities = "answer"
takeaway = "Because."
changes = "nothing"
"""


def folder(tmp_path: Path, description: str, *, written: bool = False) -> Path:
    path = tmp_path / "why"
    path.mkdir()
    (path / "lesson.toml").write_text(description)
    if written:
        (path / "lesson.md").write_text("Why not?\n")
    return path


def test_the_places_of_the_lessons_are_unique_and_consecutive() -> None:
    assert [lesson.place for lesson in all_lessons()] == list(range(len(all_lessons())))
    assert stages() == tuple(lesson.slug for lesson in all_lessons())


def test_a_written_lesson_keeps_its_place_among_the_planned_ones() -> None:
    assert lesson_named("frameworks").stem == "19_frameworks"
    assert [lesson for lesson in all_lessons() if lesson.written] == list(written_lessons())


def test_the_error_for_an_unknown_lesson_lists_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no lesson 'capston'.*start_here, measuring"):
        lesson_named("capston")


def test_a_planned_lesson_requires_only_a_place_and_a_title(tmp_path: Path) -> None:
    assert read_lesson(folder(tmp_path, PLANNED)) == Lesson("why", 4, "Why?")


def test_a_written_lesson_requires_every_field(tmp_path: Path) -> None:
    path = folder(tmp_path, WRITTEN, written=True)
    assert read_lesson(path).written
    (path / "lesson.toml").write_text(PLANNED)
    with pytest.raises(LessonError, match=r"why/lesson\.toml has no abilities, changes"):
        read_lesson(path)


def test_an_exercise_requires_a_title_minutes_and_a_difficulty(tmp_path: Path) -> None:
    path = folder(tmp_path, WRITTEN, written=True)
    (path / "exercise.md").write_text("Think.\n")
    with pytest.raises(
        LessonError, match="no exercise_difficulty, exercise_minutes, exercise_title"
    ):
        read_lesson(path)


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("place = ", r"why/lesson\.toml: Invalid value"),
        ('place = "4"\ntitle = "Why?"', "place is '4', not of type int"),
        (PLANNED + "minuts = 3", "unknown minuts; known: place, title"),
        ("place = 4", "has no title"),
    ],
)
def test_an_invalid_description_is_explained(
    tmp_path: Path, description: str, message: str
) -> None:
    with pytest.raises(LessonError, match=message):
        read_lesson(folder(tmp_path, description))


def test_lessons_that_contradict_each_other_are_rejected() -> None:
    first, second = Lesson("one", 0, "One?"), Lesson("two", 0, "Two?")
    with pytest.raises(LessonError, match="one and two both have place 0"):
        in_order([second, first])
    with pytest.raises(LessonError, match="two builds on 'three', which does not come before it"):
        in_order([first, Lesson("two", 1, "Two?", builds_on=("three",))])
