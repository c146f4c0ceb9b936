import json
from pathlib import Path
from typing import Any

import pytest

from app.course.errors import CourseError
from app.lab.authoring.compare import faults
from app.lab.authoring.generate import generated
from app.lab.authoring.notebook import Notebook, read_notebook, text_of, write_notebook
from app.lab.authoring.project import Project
from app.lab.learner.reset import reset
from app.lab.learner.reset_here import reset_here

OWN: dict[str, Any] = {
    "cell_type": "code",
    "id": "own",
    "metadata": {},
    "source": "print('mine')",
    "outputs": [{"output_type": "stream", "name": "stdout", "text": "mine\n"}],
    "execution_count": 7,
}


@pytest.fixture
def path(course: Project) -> Path:
    """The exercise, edited by a learner: a cell of their own, another answer."""
    notebook = shipped(course)
    answer(notebook)["source"] = "answer = 'mine'"
    notebook["cells"].insert(2, OWN)
    path = course.notebook(course.lessons[1], "exercise")
    write_notebook(path, notebook)
    return path


def shipped(course: Project) -> Notebook:
    return generated(course, course.lessons[1], "exercise")


def answer(notebook: Notebook) -> dict[str, Any]:
    cell: dict[str, Any]
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "answer"]
    return cell


def test_the_answer_is_as_shipped_and_all_else_stays(course: Project, path: Path) -> None:
    before = read_notebook(path)
    reset(path, course)
    after = read_notebook(path)
    assert text_of(answer(after)["source"]) == "answer = None"
    assert OWN in after["cells"]
    others = [[cell for cell in n["cells"] if cell["id"] != "answer"] for n in (before, after)]
    assert others[0] == others[1]


def test_nothing_is_ever_lost(course: Project, path: Path) -> None:
    texts = []
    for text in ("first", "second", "third"):
        notebook = read_notebook(path)
        answer(notebook)["source"] = text
        write_notebook(path, notebook)
        texts.append(path.read_text())
        reset(path, course)
    names = ("before-reset", "before-reset-2", "before-reset-3")
    copies = [path.with_name(f"{path.stem}.{name}.ipynb") for name in names]
    assert [copy.read_text() for copy in copies] == texts


def test_an_untouched_answer_leaves_everything_as_it_is(course: Project, path: Path) -> None:
    reset(path, course)
    text, files = path.read_text(), sorted(path.parent.iterdir())
    assert not reset(path, course).changed
    assert (path.read_text(), sorted(path.parent.iterdir())) == (text, files)


def test_a_deleted_answer_comes_back_where_it_was(course: Project, path: Path) -> None:
    notebook = read_notebook(path)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "answer"]
    write_notebook(path, notebook)
    reset(path, course)
    ids = [cell["id"] for cell in read_notebook(path)["cells"]]
    assert [cell for cell in ids if cell != "own"] == [c["id"] for c in shipped(course)["cells"]]


def test_an_answer_turned_into_prose_becomes_code_again(course: Project, path: Path) -> None:
    notebook = shipped(course)
    answer(notebook)["cell_type"] = "markdown"
    write_notebook(path, notebook)
    reset(path, course)
    assert answer(read_notebook(path))["cell_type"] == "code"


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_lost_or_damaged_exercise_comes_back_whole(
    course: Project, path: Path, text: str | None
) -> None:
    path.unlink() if text is None else path.write_text(text)
    done = reset(path, course)
    assert read_notebook(path) == shipped(course)
    assert (done.kept.read_text() if done.kept else None) == text


@pytest.mark.parametrize("text", ["{", json.dumps({"nbformat": 4, "cells": [], "metadata": {}})])
def test_any_other_file_is_refused_and_stays(course: Project, tmp_path: Path, text: str) -> None:
    other = tmp_path / "other.ipynb"
    other.write_text(text)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CourseError):
        reset(other, course)
    assert other.read_text() == text
    assert sorted(tmp_path.rglob("*")) == before


def test_a_lesson_is_no_exercise(course: Project, tmp_path: Path) -> None:
    lesson = tmp_path / "lesson.ipynb"
    write_notebook(lesson, generated(course, course.lessons[1], "lesson"))
    with pytest.raises(CourseError, match="not an exercise"):
        reset(lesson, course)


def test_without_a_notebook_the_cell_is_shown(course: Project, tmp_path: Path) -> None:
    assert "answer = None" in repr(reset_here("counting", course, tmp_path))


def test_what_is_kept_is_no_fault_of_the_course(course: Project, path: Path) -> None:
    reset(path, course)
    assert not [fault for fault in faults(course) if "before-reset" in fault]
    path.rename(path.with_name("02_unknown.ipynb"))
    assert [fault for fault in faults(course) if "02_unknown" in fault]
