"""The most words and cells of a lesson."""

import pytest

from app.lab.authoring.length import MOST_CELLS, MOST_WORDS, too_long
from app.lab.authoring.notebook import new_notebook
from app.lab.authoring.source import Cell


@pytest.mark.parametrize(
    ("words", "cells", "faults"),
    [
        (MOST_WORDS, MOST_CELLS, []),
        (MOST_WORDS + 1, MOST_CELLS, ["it has 1,101 words; 1,100 are the most"]),
        (MOST_WORDS, MOST_CELLS + 1, ["it has 26 cells of code; 25 are the most"]),
    ],
)
def test_a_lesson_within_the_limits_is_accepted(words: int, cells: int, faults: list[str]) -> None:
    box, links = Cell("markdown", "# Title and box"), Cell("markdown", "**Next**: another lesson")
    prose = Cell("markdown", "| word, " * words)
    code = [Cell("code", f"print({number})") for number in range(cells)]
    assert list(too_long(new_notebook([box, prose, *code, links], "slug", "lesson"))) == faults
