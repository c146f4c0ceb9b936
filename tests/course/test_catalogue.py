"""The order of the lessons, and what a wrong description is answered with."""

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


def test_every_place_is_taken_once_without_a_gap() -> None:
    assert [lesson.place for lesson in all_lessons()] == list(range(len(all_lessons())))
    assert stages() == tuple(lesson.slug for lesson in all_lessons())


def test_a_written_lesson_keeps_its_place_among_all() -> None:
    assert lesson_named("frameworks").stem == "19_frameworks"
    assert [lesson for lesson in all_lessons() if lesson.written] == list(written_lessons())


def test_an_unknown_lesson_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no lesson 'capston'.*start_here, measuring"):
        lesson_named("capston")


def test_a_planned_lesson_needs_a_place_and_a_title(tmp_path: Path) -> None:
    assert read_lesson(folder(tmp_path, PLANNED)) == Lesson("why", 4, "Why?")


def test_a_written_lesson_needs_everything(tmp_path: Path) -> None:
    path = folder(tmp_path, WRITTEN, written=True)
    assert read_lesson(path).written
    (path / "lesson.toml").write_text(PLANNED)
    with pytest.raises(LessonError, match=r"why/lesson\.toml has no abilities, changes"):
        read_lesson(path)


def test_an_exercise_needs_a_title_and_its_minutes(tmp_path: Path) -> None:
    path = folder(tmp_path, WRITTEN, written=True)
    (path / "exercise.md").write_text("Think.\n")
    with pytest.raises(
        LessonError, match="no exercise_difficulty, exercise_minutes, exercise_title"
    ):
        read_lesson(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("place = ", r"why/lesson\.toml: Invalid value"),
        ('place = "4"\ntitle = "Why?"', "place is '4', not of type int"),
        (PLANNED + "minuts = 3", "unknown minuts; known: place, title"),
        ("place = 4", "has no title"),
    ],
)
def test_a_wrong_description_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(LessonError, match=said):
        read_lesson(folder(tmp_path, line))


def test_lessons_that_do_not_agree_are_refused() -> None:
    first, second = Lesson("one", 0, "One?"), Lesson("two", 0, "Two?")
    with pytest.raises(LessonError, match="one and two both have place 0"):
        in_order([second, first])
    with pytest.raises(LessonError, match="two builds on 'three', which does not come before it"):
        in_order([first, Lesson("two", 1, "Two?", builds_on=("three",))])
