"""The README's picture is what a notebook measured."""

import shutil
from dataclasses import replace
from pathlib import Path

from app.lab.notebooks.picture import PATH, write_picture
from app.lab.notebooks.project import this_project


def test_the_picture_is_taken_from_the_notebook(tmp_path: Path) -> None:
    course = this_project()
    shutil.copytree(course.root / "notebooks", tmp_path / "notebooks")
    write_picture(replace(course, root=tmp_path))
    assert (tmp_path / PATH).read_bytes() == (course.root / PATH).read_bytes()
    assert f"]({PATH})" in (course.root / "README.md").read_text(encoding="utf-8")


def test_without_the_notebook_there_is_no_picture(tmp_path: Path) -> None:
    write_picture(replace(this_project(), root=tmp_path))
    assert not (tmp_path / PATH).exists()
