"""The generated parts of the README."""

from typing import Any

import pytest

from app.course.errors import CourseError
from app.lab.authoring.project import Project
from app.lab.authoring.readme import path_of, with_parts
from app.lab.load.figures import ladder_table, save


def rung(after: str, statements: float, middle: float, **ratio: float) -> dict[str, Any]:
    return {"after": after, "statements_per_request": statements, "p50_ms": middle, **ratio}


LADDER = {
    "measured": "24 November 2026, 2 cores",
    "rungs": [
        rung("start_here", 3.456, 80.0),
        rung("pooling", 3.0, 40.0, ratio=2.0, ci_low=1.9, ci_high=2.1),
        rung("streaming", 0.5, 2.0, ratio=41.26, ci_low=40.0, ci_high=42.5),
    ],
}


def test_the_saved_ladder_becomes_a_table(course: Project) -> None:
    assert ladder_table(course.root) is None
    save(course.root, "ladder", LADDER)
    table = ladder_table(course.root)
    assert table is not None
    assert table.splitlines()[2:] == [
        "| first draft | 3.46 | 1× | 1× |",
        "| after `pooling` | 3.00 | 2.00× (1.90× to 2.10×) | 0.5× |",
        "| after `streaming`, finished | 0.50 | 41.3× (40× to 42.5×) | 0.025× |",
        "",
        "*24 November 2026, 2 cores*",
    ]


def test_a_part_stands_between_its_comments_and_nothing_else_changes(course: Project) -> None:
    readme = path_of(course)
    readme.write_text("One.\n<!-- ladder -->\nold\n<!-- /ladder -->\nTwo.\n")
    assert with_parts(course) == readme.read_text()  # nothing was measured
    save(course.root, "ladder", LADDER)
    text = with_parts(course)
    assert text.startswith("One.\n<!-- ladder -->\n| The shop |")
    assert text.endswith("2 cores*\n<!-- /ladder -->\nTwo.\n")
    assert "old" not in text


def test_a_part_without_an_end_is_an_error(course: Project) -> None:
    path_of(course).write_text("<!-- timetable -->\n")
    with pytest.raises(CourseError, match="has <!-- timetable --> but no <!-- /timetable -->"):
        with_parts(course)
