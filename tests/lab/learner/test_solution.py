import pytest

from app.course.errors import CourseError
from app.lab.authoring.project import Project
from app.lab.display.code import Code
from app.lab.display.notes import Note
from app.lab.learner.progress import Entry
from app.lab.learner.solution import solution


@pytest.mark.parametrize(
    "entry",
    [Entry(passed_on="2026-01-31"), Entry(failures=2), Entry(hints=[4])],
    ids=["passed", "two failures", "last hint"],
)
def test_it_shows_the_solutions_cell_and_where_it_runs(course: Project, entry: Entry) -> None:
    shown = solution("counting", entry, course)
    assert isinstance(shown, Code)
    assert shown.text == "answer = [1, 2, 3]"
    assert "(../solutions/01_counting_solution.ipynb)" in shown.title


def test_before_that_one_sentence_says_what_to_do(course: Project) -> None:
    shown = solution("counting", Entry(failures=1, hints=[1, 2]), course)
    assert isinstance(shown, Note)
    assert "(so far: 1)" in shown.markdown
    assert "read `lab.hint(3)`" in shown.markdown
    assert "[1, 2, 3]" not in shown.markdown


def test_a_lesson_without_exercise_is_told(course: Project) -> None:
    with pytest.raises(CourseError, match="has no exercise"):
        solution("welcome", Entry(), course)
