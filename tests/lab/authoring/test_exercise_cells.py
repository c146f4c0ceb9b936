"""Which cells an answer is tried with."""

import pytest

from app.course.errors import CourseError
from app.lab.authoring.exercise_cells import BREAK, ExerciseCells, exercise_cells
from app.lab.authoring.generate import generated
from app.lab.authoring.notebook import tags_of
from app.lab.authoring.project import Project
from app.lab.learner.shipped import answer_cells


def rewritten(course: Project, old: str, new: str) -> ExerciseCells:
    path = course.source(course.lessons[1], "exercise")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return exercise_cells(course, course.lessons[1])


def test_an_answer_is_tried_without_the_cells_that_look_around(course: Project) -> None:
    check = "```python\nawait lab.check(answer)"
    cells = rewritten(course, check, f"```python\nawait lab.get('/slow')\n```\n\n{check}")
    assert cells.setup == (('from minilab import lab\n\nawait lab.start("counting")',),)
    assert (cells.stub, cells.solution) == ("answer = None", "answer = [1, 2, 3]")
    assert cells.with_answer("answer = [4]") == (
        *cells.setup[0],
        "answer = [4]",
        "await lab.check(answer)",
    )


def test_the_name_that_is_handed_in(course: Project) -> None:
    assert exercise_cells(course, course.lessons[1]).answers == ("answer",)
    assert rewritten(course, "lab.check(answer)", "lab.check([*answer])").answers == ()
    assert rewritten(course, "await lab.check([*answer])", "answer").answers == ()


SECOND = """\
```python
between = 1
```

```python tags=["stub"]
more = None
```

```python tags=["solution"]
more = [4]
```

```python
await lab.check(answer, more)
"""


def test_an_exercise_may_have_several_cells_to_edit(course: Project) -> None:
    cells = rewritten(course, "```python\nawait lab.check(answer)\n", SECOND)
    assert cells.stub == f"answer = None{BREAK}more = None"
    assert cells.answers == ("answer", "more")
    first, second = cells.setup
    assert cells.with_answer(cells.solution) == (
        *first,
        "answer = [1, 2, 3]",
        *second,
        "more = [4]",
        "await lab.check(answer, more)",
    )
    assert second == ("between = 1",)
    with pytest.raises(CourseError, match="has 2 cells to edit, and an attempt 1"):
        cells.with_answer("answer = 3")


def test_each_cell_to_edit_has_an_id_and_ships_as_it_is(course: Project) -> None:
    rewritten(course, "```python\nawait lab.check(answer)\n", SECOND)
    lesson = course.lessons[1]
    notebook = generated(course, lesson, "exercise")
    ids = [cell["id"] for cell in notebook["cells"] if "answer" in tags_of(cell)]
    assert ids == ["answer", "answer-2"]
    assert answer_cells(lesson.slug, "exercise", course) == ("answer = None", "more = None")


def test_a_solution_without_its_stub_is_refused(course: Project) -> None:
    single = SECOND.replace('tags=["stub"]', "")
    with pytest.raises(CourseError, match="for each cell to edit; it has 1 and 2"):
        rewritten(course, "```python\nawait lab.check(answer)\n", single)
