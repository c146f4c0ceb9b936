"""The work copy: made, brought up to date, and whatever a learner may have done to it."""

import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.course.lesson import Lesson
from app.lab.authoring.notebook import read_notebook, text_of, write_notebook
from app.lab.authoring.project import Project, this_project
from app.lab.learner.reset import reset
from app.lab.learner.work_copy.place import SHIPPED, WorkCopy
from app.lab.learner.work_copy.update import UpdateError, update

LESSON = Path("notebooks/01_counting.ipynb")
EXERCISE = Path("exercises/01_counting_exercise.ipynb")
LINK = re.compile(r"\]\((\.[^)#]+)")
"""The path of a relative link."""


@pytest.fixture
def work(course: Project) -> WorkCopy:
    """A work copy that was just made, of a course with a document."""
    (course.root / "docs").mkdir()
    (course.root / "docs" / "lab.md").write_text("# The lab\n")
    work = WorkCopy(course, course.root / "my-course")
    assert update(work) == [f"Your own copy of the course is in {work.folder}."]
    return work


def files(work: WorkCopy) -> dict[str, str]:
    """What a learner sees of the work copy."""
    shown = [path for path in work.folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(work.folder).as_posix(): path.read_text()
        for path in sorted(shown)
        if SHIPPED not in path.parts
    }


def edit(path: Path, old: str, new: str) -> None:
    """Replaces the text of one cell in a notebook."""
    notebook = read_notebook(path)
    (cell,) = [cell for cell in notebook["cells"] if text_of(cell["source"]) == old]
    cell["source"] = new
    write_notebook(path, notebook)


def publish(work: WorkCopy, old: str, new: str, file: str = "exercise.md") -> None:
    """Changes the course's own text."""
    source = work.project.sources / "counting" / file
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new))


def texts(path: Path) -> list[str]:
    return [text_of(cell["source"]) for cell in read_notebook(path)["cells"]]


def outputs(path: Path) -> list[object]:
    return [cell["outputs"] for cell in read_notebook(path)["cells"] if cell.get("outputs")]


def test_it_has_every_notebook_without_outputs_and_the_documents(work: WorkCopy) -> None:
    assert set(files(work)) == {
        "docs/lab.md",
        "exercises/01_counting_exercise.ipynb",
        "notebooks/00_welcome.ipynb",
        "notebooks/01_counting.ipynb",
        "solutions/01_counting_solution.ipynb",
    }
    for file in work.notebooks:
        assert not outputs(work.folder / file)


def test_every_link_in_the_courses_own_notebooks_leads_to_a_file(tmp_path: Path) -> None:
    work = WorkCopy(this_project(), tmp_path / "my-course")
    update(work)
    found = [
        (file, link)
        for file in work.notebooks
        for link in LINK.findall("\n".join(texts(work.folder / file)))
    ]
    kinds = {link.split("/")[1] for _, link in found}
    assert kinds == {"docs", "exercises", "notebooks", "solutions"}
    for file, link in found:
        assert (work.folder / file.parent / link).is_file(), f"{file}: {link}"


def test_without_a_new_version_nothing_is_touched(work: WorkCopy) -> None:
    edit(work.folder / EXERCISE, "answer = None", "answer = 7")
    without_ids = read_notebook(work.folder / LESSON)
    for cell in without_ids["cells"]:
        del cell["id"]
    write_notebook(work.folder / LESSON, without_ids)
    before = files(work)
    assert update(work) == []
    assert files(work) == before


def test_the_answer_stays_and_the_text_changes(work: WorkCopy) -> None:
    edit(work.folder / EXERCISE, "answer = None", "answer = 7")
    publish(work, "Edit the next cell.", "Now edit.")
    assert update(work) == ["Your copy of the course: updated 01_counting_exercise.ipynb."]
    assert {"Now edit.", "answer = 7"} <= set(texts(work.folder / EXERCISE))
    assert update(work) == []


def test_a_renumbered_lesson_takes_the_learners_file_with_it(work: WorkCopy) -> None:
    edit(work.folder / EXERCISE, "answer = None", "answer = 7")
    lessons = (work.project.lessons[0], replace(work.project.lessons[1], place=4))
    moved = WorkCopy(replace(work.project, lessons=lessons), work.folder)
    (line,) = update(moved)
    assert "renamed" in line
    assert not (work.folder / EXERCISE).exists()
    assert "answer = 7" in texts(work.folder / "exercises" / "04_counting_exercise.ipynb")
    assert update(moved) == []
    (line,) = update(work)
    assert "renamed 01_counting.ipynb, 01_counting_exercise.ipynb" in line
    assert "answer = 7" in texts(work.folder / EXERCISE)
    for old, new in (("Edit the next cell.", "Now edit."), ("Now edit.", "Edit.")):
        publish(work, old, new)
        update(work)
        assert new in texts(work.folder / EXERCISE)
        assert old not in texts(work.folder / EXERCISE)


def test_a_new_lesson_appears_and_a_withdrawn_one_stays(work: WorkCopy) -> None:
    added = Lesson("adding", 2, "How much is it?", written=True)
    (work.project.sources / "adding").mkdir()
    (work.project.sources / "adding" / "lesson.md").write_text("Add.\n")
    lessons = (work.project.lessons[0], added)
    changed = WorkCopy(replace(work.project, lessons=lessons), work.folder)
    line, *notes = update(changed)
    assert "new 02_adding.ipynb" in line
    assert f"{EXERCISE} is no longer part of the course; yours stays." in notes
    assert (work.folder / EXERCISE).exists()
    assert update(changed) == []


def test_what_cannot_be_merged_is_kept_beside_and_named(work: WorkCopy) -> None:
    edit(work.folder / LESSON, "sum(numbers)", "sum(numbers) + 1")
    mine = (work.folder / LESSON).read_text()
    publish(work, "sum(numbers)", "max(numbers)", "lesson.md")
    _, note = update(work)
    assert note == (
        f"{LESSON}: the course changed a cell that you had edited; "
        "01_counting.before-update.ipynb has it."
    )
    assert (work.folder / "notebooks" / "01_counting.before-update.ipynb").read_text() == mine
    assert "max(numbers)" in texts(work.folder / LESSON)


@pytest.mark.parametrize(
    "text",
    ["<<<<<<< HEAD\n{}\n", "", "[]", '{"nbformat": 4, "cells": [], "metadata": []}', "\x00\x01"],
)
def test_a_file_that_is_no_notebook_is_kept_and_replaced(work: WorkCopy, text: str) -> None:
    (work.folder / EXERCISE).write_text(text)
    line, note = update(work)
    assert "handed out again 01_counting_exercise.ipynb" in line
    kept = work.folder / "exercises" / "01_counting_exercise.before-update.ipynb"
    assert kept.name in note
    assert kept.read_text() == text
    assert "answer = None" in texts(work.folder / EXERCISE)
    assert update(work) == []


def test_another_notebook_under_its_name_is_kept(work: WorkCopy) -> None:
    other = (work.folder / LESSON).read_text()
    (work.folder / EXERCISE).write_text(other)
    update(work)
    kept = work.folder / "exercises" / "01_counting_exercise.before-update.ipynb"
    assert kept.read_text() == other


def test_a_deleted_notebook_is_handed_out_again(work: WorkCopy) -> None:
    (work.folder / EXERCISE).unlink()
    assert update(work) == ["Your copy of the course: handed out again 01_counting_exercise.ipynb."]
    assert (work.folder / EXERCISE).exists()


def test_a_notebook_that_the_learner_renamed_stays_beside_a_new_one(work: WorkCopy) -> None:
    mine = work.folder / "exercises" / "mine.ipynb"
    (work.folder / EXERCISE).rename(mine)
    text = mine.read_text()
    publish(work, "Edit the next cell.", "Now edit.")
    update(work)
    assert mine.read_text() == text
    assert "Now edit." in texts(work.folder / EXERCISE)


def test_a_folder_in_its_place_is_named_and_stays(work: WorkCopy) -> None:
    (work.folder / EXERCISE).unlink()
    (work.folder / EXERCISE).mkdir()
    (work.folder / EXERCISE / "notes.txt").write_text("mine")
    (line,) = update(work)
    assert line.startswith(f"{EXERCISE} is a folder")
    assert (work.folder / EXERCISE / "notes.txt").read_text() == "mine"


def test_a_read_only_notebook_stays_and_is_updated_later(work: WorkCopy) -> None:
    path = work.folder / EXERCISE
    edit(path, "answer = None", "answer = 7")
    path.chmod(0o444)
    publish(work, "Edit the next cell.", "Now edit.")
    (line,) = update(work)
    assert line.startswith(f"{EXERCISE} is read-only and stays as it is")
    assert "Edit the next cell." in texts(path)
    path.chmod(0o644)
    update(work)
    assert {"Now edit.", "answer = 7"} <= set(texts(path))


def test_without_the_hidden_base_nothing_is_lost(work: WorkCopy) -> None:
    edit(work.folder / EXERCISE, "answer = None", "answer = 7")
    (work.folder / SHIPPED / EXERCISE).write_text("{")
    publish(work, "Edit the next cell.", "Now edit.")
    update(work)
    assert {"Now edit.", "answer = 7"} <= set(texts(work.folder / EXERCISE))


def test_a_document_with_the_learners_notes_is_kept(work: WorkCopy) -> None:
    document = work.folder / "docs" / "lab.md"
    document.write_text("my notes\n")
    assert update(work) == []
    (work.project.root / "docs" / "lab.md").write_text("# A new lab\n")
    line, note = update(work)
    assert "updated lab.md" in line
    assert "lab.before-update.md" in note
    assert document.read_text() == "# A new lab\n"
    assert document.with_name("lab.before-update.md").read_text() == "my notes\n"
    assert update(work) == []


def test_a_lesson_with_a_fault_in_its_source_does_not_stop_the_others(work: WorkCopy) -> None:
    publish(work, "{{ timetable }}", "{{ timetabel }}", "lesson.md")
    publish(work, "Edit the next cell.", "Now edit.")
    line, note = update(work)
    assert "timetabel" in note
    assert "01_counting_exercise" in line
    assert LESSON.as_posix() in files(work)


def test_a_place_that_cannot_be_written_is_one_sentence(course: Project) -> None:
    (course.root / "my-course").write_text("")
    with pytest.raises(UpdateError, match="cannot be written"):
        update(WorkCopy(course, course.root / "my-course"))


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_that_cannot_be_written_is_named(work: WorkCopy) -> None:
    (work.folder / "exercises").chmod(0o555)
    publish(work, "Edit the next cell.", "Now edit.")
    (line,) = update(work)
    (work.folder / "exercises").chmod(0o755)
    assert "Permission denied" in line


def test_reset_finds_the_exercise_in_the_work_copy(work: WorkCopy) -> None:
    path = work.folder / EXERCISE
    edit(path, "answer = None", "answer = 7")
    assert work.find(Path("counting")) == path
    assert work.find(EXERCISE) == path
    reset(work.find(Path("counting")), work.course)
    assert "answer = None" in texts(path)
    path.write_text("{")
    reset(work.find(Path("counting")), work.course)
    assert "answer = None" in texts(path)
    publish(work, "Edit the next cell.", "Now edit.")
    assert update(work) == ["Your copy of the course: updated 01_counting_exercise.ipynb."]


def test_ids_of_the_format_are_valid(work: WorkCopy) -> None:
    import nbformat

    notebook = read_notebook(work.folder / EXERCISE)
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "mine"})
    write_notebook(work.folder / EXERCISE, notebook)
    publish(work, "Edit the next cell.", "Now edit.")
    update(work)
    merged = json.loads((work.folder / EXERCISE).read_text())
    nbformat.validate(merged)
