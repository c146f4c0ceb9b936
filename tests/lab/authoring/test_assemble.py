from collections.abc import Callable

import pytest

from app.course.errors import CourseError
from app.lab.authoring.assemble import cells_of
from app.lab.authoring.project import Kind, Project


def texts(course: Project, kind: Kind) -> list[str]:
    return [cell.source for cell in cells_of(course, course.lessons[1], kind)]


def test_the_exercise_has_the_stub_and_the_solution_the_solution(course: Project) -> None:
    exercise, solution = texts(course, "exercise"), texts(course, "solution")
    assert "answer = None" in exercise
    assert "answer = [1, 2, 3]" not in exercise
    assert "answer = [1, 2, 3]" in solution
    assert "answer = None" not in solution


@pytest.mark.parametrize("kind", ["exercise", "solution"])
def test_one_cell_is_tagged_answer(course: Project, kind: Kind) -> None:
    cells = cells_of(course, course.lessons[1], kind)
    assert [cell.tags for cell in cells if cell.tags] == [("answer",)]


def test_prose_can_be_for_the_exercise_or_the_solution_only(course: Project) -> None:
    assert "Edit the next cell." in texts(course, "exercise")
    assert "Edit the next cell." not in texts(course, "solution")
    assert "Three, because the goal says so." in texts(course, "solution")
    assert "Three, because the goal says so." not in texts(course, "exercise")


def test_a_text_with_its_own_title_is_rejected(course: Project) -> None:
    path = course.source(course.lessons[1], "lesson")
    path.write_text("# How many?\n\n" + path.read_text())
    with pytest.raises(CourseError, match=r"counting/lesson\.md begins with a title"):
        cells_of(course, course.lessons[1], "lesson")


def test_code_of_another_language_is_prose(course: Project) -> None:
    cells = cells_of(course, course.lessons[1], "lesson")
    assert "```sql\nSELECT 1\n```" in cells[1].source
    assert next(cell.source for cell in cells if cell.kind == "code") == "numbers = [1, 2, 3]"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('["solution"]', '["solutoin"]'),
        lambda text: text.replace('```python tags=["stub"]', "```python"),
        lambda text: text.replace(
            '```python tags=["solution"]', '```python\n1\n```\n\n```python tags=["solution"]'
        ),
    ],
)
def test_stub_and_solution_must_be_a_pair(course: Project, spoil: Callable[[str], str]) -> None:
    path = course.source(course.lessons[1], "exercise")
    path.write_text(spoil(path.read_text()))
    with pytest.raises(CourseError, match=r"exercise\.md needs a code cell tagged"):
        cells_of(course, course.lessons[1], "exercise")
