"""Each trap that ``course build --check`` must catch, one test a trap."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.lab.authoring.build import build
from app.lab.authoring.compare import faults
from app.lab.authoring.notebook import code_cells, read_notebook
from app.lab.authoring.project import Project

Cell = dict[str, Any]
LESSON = "notebooks/01_counting.ipynb"
STDERR = {"name": "stderr", "output_type": "stream", "text": ["a warning\n"]}
ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}


@pytest.fixture
def built(course: Project) -> Project:
    """Built without a kernel, then given the outputs that a kernel would have left."""
    build(course, run=False, report=lambda _: None)
    for path in (*course.root.glob("notebooks/*"), *course.root.glob("solutions/*.ipynb")):
        notebook = read_notebook(path)
        for count, (_, cell) in enumerate(code_cells(notebook), start=1):
            cell["execution_count"] = count
            if "tags" in cell["metadata"] and "raises-exception" in cell["metadata"]["tags"]:
                cell["outputs"] = [ERROR]
        path.write_text(json.dumps(notebook))
    assert faults(course) == []
    return course


def change(path: Path, edit: Callable[[Cell], object], number: int = 0) -> None:
    """Edits the code cell with that index in a stored notebook."""
    notebook = read_notebook(path)
    edit(code_cells(notebook)[number][1])
    path.write_text(json.dumps(notebook))


def rewrite(course: Project, old: str, new: str) -> None:
    """Edits a lesson's source, and its notebook with it, outputs and counts kept."""
    source = course.source(course.lessons[1], "lesson")
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new))
    build(course, run=False, report=lambda _: None)
    notebook = read_notebook(course.root / LESSON)
    for _, cell in code_cells(notebook):
        cell["execution_count"] = 1
    (course.root / LESSON).write_text(json.dumps(notebook))


def test_text_that_differs_from_its_source(built: Project) -> None:
    change(built.root / LESSON, lambda cell: cell.update(source=["numbers = []"]))
    assert faults(built) == [
        f"{LESSON}, cell 3: its text is not what the source says; run `course build counting`"
    ]


def test_a_source_that_was_changed(built: Project) -> None:
    source = built.source(built.lessons[1], "exercise")
    source.write_text(source.read_text().replace("three numbers", "some numbers"))
    found = faults(built)
    assert [fault.split(",")[0] for fault in found] == [
        "exercises/01_counting_exercise.ipynb",
        "solutions/01_counting_solution.ipynb",
    ]


def test_a_cell_too_many(built: Project) -> None:
    notebook = read_notebook(built.root / LESSON)
    notebook["cells"].append(notebook["cells"][0])
    (built.root / LESSON).write_text(json.dumps(notebook))
    assert "its source" in faults(built)[0]


def test_a_missing_notebook(built: Project) -> None:
    (built.root / LESSON).unlink()
    assert faults(built) == [f"{LESSON}, it is missing; run `course build counting`"]


def test_a_notebook_without_a_lesson(built: Project) -> None:
    (built.root / "exercises" / "07_gone.ipynb").write_text("{}")
    assert faults(built) == ["exercises/07_gone.ipynb belongs to no lesson"]


def test_a_source_without_a_lesson(built: Project) -> None:
    (built.sources / "extra").mkdir()
    (built.sources / "extra" / "lesson.md").write_text("# Extra\n")
    assert faults(built) == ["sources/extra/lesson.md belongs to no lesson in the list"]


def test_a_file_that_is_no_notebook(built: Project) -> None:
    (built.root / LESSON).write_text("<<<<<<< ours")
    [fault] = faults(built)
    assert "cannot be read as a notebook" in fault


def test_a_timetable_that_is_out_of_date(built: Project) -> None:
    readme = built.root / "README.md"
    readme.write_text(readme.read_text().replace("| 10 |", "| 25 |"))
    assert faults(built) == [
        "README.md: one of its generated parts is out of date; run `course build`"
    ]


def test_a_cell_that_was_never_executed(built: Project) -> None:
    change(built.root / LESSON, lambda cell: cell.update(execution_count=None))
    assert faults(built) == [
        f"{LESSON}, cell 3: it was never executed, so nbval would not compare it"
    ]


def test_a_notebook_that_was_never_executed(built: Project) -> None:
    for number in range(3):
        change(built.root / LESSON, lambda cell: cell.update(execution_count=None), number)
    assert faults(built) == [f"{LESSON}, it was never executed; run `course build counting`"]


@pytest.mark.parametrize(
    "line", ["# NBVAL_SKIP: slow", "x = 1  # NBVAL_SKIP", "# NBVAL_CHEK_OUTPUT"]
)
def test_a_marker_that_nbval_ignores(built: Project, line: str) -> None:
    rewrite(built, "numbers = [1, 2, 3]", f"{line}\nnumbers = [1, 2, 3]")
    assert faults(built) == [
        f"{LESSON}, cell 3: nbval ignores `{line}`: a marker is a comment line of its own"
    ]


def test_a_marker_on_its_own_line_is_fine(built: Project) -> None:
    rewrite(built, "numbers = [1, 2, 3]", "# NBVAL_CHECK_OUTPUT\nnumbers = [1, 2, 3]")
    assert faults(built) == []


def test_a_tag_that_nbval_ignores(built: Project) -> None:
    rewrite(built, "```python\nsum", '```python tags=["nbval-check"]\nsum')
    assert faults(built) == [f"{LESSON}, cell 6: nbval ignores the tag 'nbval-check'"]


def test_a_cell_marked_to_raise_without_an_error(built: Project) -> None:
    change(built.root / LESSON, lambda cell: cell.update(outputs=[]), 1)
    assert faults(built) == [
        f"{LESSON}, cell 4: it is marked to raise an exception, but its stored output has none"
    ]


def test_an_error_that_is_not_marked(built: Project) -> None:
    change(built.root / LESSON, lambda cell: cell.update(outputs=[ERROR]))
    assert faults(built) == [
        f'{LESSON}, cell 3: it stores an error and is not tagged "raises-exception"'
    ]


def test_standard_error(built: Project) -> None:
    change(built.root / LESSON, lambda cell: cell.update(outputs=[STDERR]))
    assert faults(built) == [f"{LESSON}, cell 3: it stores standard error: a warning"]


def test_an_exercise_with_outputs(built: Project) -> None:
    exercise = "exercises/01_counting_exercise.ipynb"
    change(built.root / exercise, lambda cell: cell.update(outputs=[ERROR]))
    assert faults(built) == [f"{exercise}, cell 3: an exercise is kept without outputs"]


def test_a_cell_that_is_too_long(built: Project) -> None:
    lines = "\n".join(f"a{n} = {n}" for n in range(16))
    rewrite(built, "numbers = [1, 2, 3]", f"# a comment does not count\n\n{lines}")
    assert faults(built) == [
        f'{LESSON}, cell 3: it has 16 lines of code; 15 are the most without the tag "long"'
    ]
    rewrite(built, "```python\n# a comment", '```python tags=["long"]\n# a comment')
    assert faults(built) == []


def test_an_address_in_an_output(built: Project) -> None:
    output = {"name": "stdout", "output_type": "stream", "text": ["<object at 0x7f0011223344>\n"]}
    change(built.root / LESSON, lambda cell: cell.update(outputs=[output]))
    assert "memory address" in faults(built)[0]
