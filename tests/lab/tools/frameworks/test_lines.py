"""What counts as a line of code."""

from pathlib import Path

import pytest

from app.lab.tools.frameworks import lines
from app.lab.tools.frameworks.five import DJANGO, FIVE
from app.lab.tools.frameworks.framework import Framework

PYTHON = '''"""A docstring
of two lines."""

# a comment
import os  # counts


class A:
    """Another."""

    text = """counts
    twice"""
    """Says what text is."""
'''
GO = """// A comment
package main

func main() { // counts
}
"""


@pytest.mark.parametrize(("name", "text", "count"), [("a.py", PYTHON, 4), ("a.go", GO, 3)])
def test_blank_lines_comments_and_docstrings_do_not_count(
    tmp_path: Path, name: str, text: str, count: int
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(lines._lines_of(tmp_path / name)) == count


def test_imported_models_count() -> None:
    borrowing = Framework("django", "", "", "", "", 0, {"app/shop/models.py": ("Product",)})
    assert lines.code_lines(borrowing) > lines.code_lines(DJANGO) + 10


@pytest.mark.parametrize("framework", [f for f, _ in FIVE], ids=lambda f: f.slug)
def test_the_count_is_plausible(framework: Framework) -> None:
    assert 50 < lines.code_lines(framework) < 500
