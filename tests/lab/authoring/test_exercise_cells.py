"""Which cells an answer is tried with."""

from app.lab.authoring.exercise_cells import ExerciseCells, exercise_cells
from app.lab.authoring.project import Project


def rewritten(course: Project, old: str, new: str) -> ExerciseCells:
    path = course.source(course.lessons[1], "exercise")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return exercise_cells(course, course.lessons[1])


def test_an_answer_is_tried_without_the_cells_that_look_around(course: Project) -> None:
    check = "```python\nawait lab.check(answer)"
    cells = rewritten(course, check, f"```python\nawait lab.get('/slow')\n```\n\n{check}")
    assert cells.setup == ('from minilab import lab\n\nawait lab.start("counting")',)
    assert (cells.stub, cells.solution) == ("answer = None", "answer = [1, 2, 3]")
    assert cells.with_answer("answer = [4]") == (
        *cells.setup,
        "answer = [4]",
        "await lab.check(answer)",
    )


def test_the_name_that_is_handed_in(course: Project) -> None:
    assert exercise_cells(course, course.lessons[1]).answer == "answer"
    assert rewritten(course, "lab.check(answer)", "lab.check([*answer])").answer is None
    assert rewritten(course, "await lab.check([*answer])", "answer").answer is None
