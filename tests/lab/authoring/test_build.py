import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.course.errors import CourseError
from app.lab.authoring.build import build, require_exceptions
from app.lab.authoring.compare import faults
from app.lab.authoring.notebook import code_cells, new_notebook, read_notebook
from app.lab.authoring.project import Project
from app.lab.authoring.source import Cell


def quiet(_: str) -> None: ...


def all_bytes(course: Project) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(course.root.glob("*/*.ipynb"))}


@pytest.mark.slow
def test_built_notebooks_are_executed_and_pass_the_check(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_SHORT", "1")
    source = course.source(course.lessons[0], "lesson")
    source.write_text(
        "T\n\n```python\nimport os\nos.environ.get('COURSE_SHORT'), object(), os.getcwd()\n```\n"
    )
    build(course, report=quiet)
    notebook = read_notebook(course.root / "notebooks" / "00_welcome.ipynb")
    [(_, cell)] = code_cells(notebook)
    [output] = cell["outputs"]
    shown = "".join(output["data"]["text/plain"])
    assert shown.split() == ["(None,", "<object", "at", "0x…>,", "'notebooks')"]
    assert faults(course) == []
    assert "| 1 | [How many are there?]" in (course.root / "README.md").read_text()
    first = all_bytes(course)
    build(course, ["welcome"], report=quiet)
    assert all_bytes(course) == first


@pytest.mark.slow
def test_a_failing_cell_is_reported_in_a_sentence_and_keeps_the_notebook(course: Project) -> None:
    source = course.source(course.lessons[0], "lesson")
    source.write_text("T\n\n```python\nx = 1\n1 / 0\n```\n")
    with pytest.raises(CourseError) as error:
        build(course, ["welcome"], report=quiet)
    assert str(error.value) == (
        "notebooks/00_welcome.ipynb, cell 3 (`x = 1`): ZeroDivisionError: division by zero"
    )
    assert not (course.root / "notebooks" / "00_welcome.ipynb").exists()


def test_a_cell_marked_to_raise_must_raise() -> None:
    cell = Cell("code", "1", ("raises-exception",))
    with pytest.raises(CourseError, match="cell 1 should raise an exception, but did not"):
        require_exceptions(new_notebook([cell], "welcome", "lesson"), "notebooks/00_welcome.ipynb")


def test_without_running_unchanged_cells_keep_their_outputs(course: Project) -> None:
    build(course, run=False, report=quiet)
    path = course.root / "notebooks" / "00_welcome.ipynb"
    notebook = read_notebook(path)
    [(_, cell)] = code_cells(notebook)
    cell |= {"execution_count": 1, "outputs": [stream("2\n")]}
    path.write_text(json.dumps(notebook))
    source = course.source(course.lessons[0], "lesson")
    source.write_text(source.read_text() + "\n```python\n2 + 2\n```\n")
    build(course, run=False, report=quiet)
    cells = [cell for _, cell in code_cells(read_notebook(path))]
    assert [cell["execution_count"] for cell in cells] == [1, None]
    assert cells[0]["outputs"] == [stream("2\n")]


def test_the_files_of_a_renumbered_lesson_are_renamed(course: Project) -> None:
    build(course, run=False, report=quiet)
    moved = Project(course.root, course.sources, (replace(course.lessons[1], place=7),))
    build(moved, run=False, report=quiet)
    assert (course.root / "exercises" / "07_counting_exercise.ipynb").exists()
    assert not (course.root / "exercises" / "01_counting_exercise.ipynb").exists()


def test_an_unknown_lesson_is_an_error(course: Project) -> None:
    with pytest.raises(CourseError, match=r"no lesson 'x'\. The lessons are: welcome, counting"):
        build(course, ["x"], report=quiet)


def stream(text: str) -> dict[str, Any]:
    return {"name": "stdout", "output_type": "stream", "text": [text]}


def test_cell_ids_survive_a_new_cell_before_them(course: Project) -> None:
    def ids(path: Path) -> set[str]:
        return {cell["id"] for cell in read_notebook(path)["cells"]}

    build(course, run=False, report=quiet)
    path = course.root / "notebooks" / "01_counting.ipynb"
    before = ids(path)
    source = course.source(course.lessons[1], "lesson")
    source.write_text(source.read_text().replace("```sql", "```python\nnew\n```\n\n```sql"))
    build(course, run=False, report=quiet)
    assert len(before - ids(path)) <= 1
