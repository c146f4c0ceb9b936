"""``course check`` in real kernels."""

import json
from pathlib import Path

import psutil
import pytest

from app.cli import main
from app.lab.authoring.build import build
from app.lab.authoring.grade import Grade, exit_code, grade
from app.lab.authoring.notebook import code_cells, read_notebook
from app.lab.authoring.project import Project


@pytest.fixture
def exercise(course: Project) -> Path:
    build(course, run=False, report=lambda _: None)
    return course.root / "exercises" / "01_counting_exercise.ipynb"


def answer(path: Path, source: str) -> None:
    notebook = read_notebook(path)
    [cell] = [cell for cell in notebook["cells"] if cell["id"] == "answer"]
    cell["source"] = [source]
    path.write_text(json.dumps(notebook))


@pytest.mark.slow
def test_outcomes_from_a_kernel(exercise: Path, capsys: pytest.CaptureFixture[str]) -> None:
    untouched = exercise.read_bytes()
    with pytest.raises(SystemExit) as end:
        main(["check", "--json", str(exercise)])
    assert end.value.code == 3
    assert exercise.read_bytes() == untouched
    answer(exercise, "answer = [1, 2]")
    with pytest.raises(SystemExit) as end:
        main(["check", "--json", str(exercise)])
    assert end.value.code == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["lesson"], first["outcome"]) == ("counting", "not attempted")
    assert second == {
        "notebook": str(exercise),
        "lesson": "counting",
        "outcome": "wrong",
        "message": "Got 2 numbers, not 3.",
        "hint": 2,
        "work": {"rows": 7},
    }


@pytest.mark.slow
def test_a_passed_exercise_and_stale_outputs(
    exercise: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(exercise, "answer = [1, 2, 3]")
    with pytest.raises(SystemExit) as end:
        main(["check", str(exercise)])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"{exercise}: passed. Three numbers.\n"


@pytest.mark.slow
def test_a_cell_that_breaks_before_the_check_is_an_error(exercise: Path) -> None:
    answer(exercise, "import os; raise ValueError(os.getpid())")
    notebook = read_notebook(exercise)
    stored = {"application/vnd.course.outcome+json": {"outcome": "passed"}}
    last = code_cells(notebook)[-1][1]
    last["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": stored}]
    exercise.write_text(json.dumps(notebook))
    found = grade(exercise)
    assert (found.outcome, found.lesson) == ("error", "counting")
    said, _, process = found.message.rpartition(" ")
    assert said == "Cell 5 (`import os; raise ValueError(os.getpid())`): ValueError:"
    assert not psutil.pid_exists(int(process)), "the kernel is still there"


@pytest.mark.slow
def test_a_cell_that_never_ends_and_a_kernel_that_dies(exercise: Path) -> None:
    answer(exercise, "import time; time.sleep(60)")
    assert "it ran for more than 2 s" in grade(exercise, timeout=2).message
    answer(exercise, "import os; os._exit(1)")
    found = grade(exercise)
    assert (found.outcome, "the kernel died" in found.message) == ("error", True)


def test_the_exit_code_is_the_highest() -> None:
    def graded(*outcomes: str) -> int:
        return exit_code(Grade("n", "l", outcome, "") for outcome in outcomes)  # type: ignore[arg-type]

    assert [graded(o) for o in ("passed", "wrong", "error", "not attempted")] == [0, 1, 2, 3]
    assert graded("wrong", "passed") == 1
    assert graded("not attempted", "error", "wrong") == 3


@pytest.mark.parametrize("content", [None, "not JSON", "[]", '{"nbformat": 3, "cells": []}'])
def test_a_file_that_is_no_notebook(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SystemExit) as end:
        main(["check", str(path)])
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert str(path) in told
    assert told.count("\n") == 1
