"""The minutes of a lesson: from its words, its code and the time it takes to run."""

import json
from typing import Any

import pytest

from app.lab.authoring import build as building
from app.lab.authoring.build import build
from app.lab.authoring.compare import faults
from app.lab.authoring.generate import generated
from app.lab.authoring.minutes import LINE, RESULT, WORDS, minutes, run_time, settled
from app.lab.authoring.notebook import Notebook, write_notebook
from app.lab.authoring.project import Project


def write(course: Project, text: str, seconds: object = None) -> None:
    """A lesson with that text, and a notebook that took so long to run."""
    course.source(course.lessons[0], "lesson").write_text(text)
    notebook = generated(course, course.lessons[0], "lesson")
    if seconds is not None:
        notebook["metadata"]["course"]["seconds"] = seconds
    write_notebook(course.notebook(course.lessons[0], "lesson"), notebook)


def test_prose_counts_by_its_words(course: Project) -> None:
    write(course, "word " * WORDS * 20)
    assert minutes(course, course.lessons[0]) == 20


def test_code_counts_by_its_lines_and_what_it_shows(course: Project) -> None:
    cell = "```python\none = 1\n\ntwo = 2\n```\n\n"
    number = round(30 * 60 / (2 * LINE + RESULT))
    write(course, cell * number)
    assert minutes(course, course.lessons[0]) == 30


def test_code_that_is_only_shown_is_no_cell(course: Project) -> None:
    write(course, "```sql\nSELECT 1\n```\n\n" * 200)
    assert minutes(course, course.lessons[0]) == 5


def test_the_run_time_is_added(course: Project) -> None:
    write(course, "word " * WORDS * 20, 600)
    assert run_time(course, course.lessons[0]) == 600
    assert minutes(course, course.lessons[0]) == 30


@pytest.mark.parametrize("seconds", [None, "long", [1]])
def test_without_a_run_time_the_rest_counts(course: Project, seconds: object) -> None:
    write(course, "word " * WORDS * 20, seconds)
    assert minutes(course, course.lessons[0]) == 20


def test_a_notebook_that_is_damaged_or_missing_has_no_run_time(course: Project) -> None:
    write(course, "One.", 600)
    path = course.notebook(course.lessons[0], "lesson")
    path.write_text("{")
    assert run_time(course, course.lessons[0]) is None
    path.unlink()
    assert run_time(course, course.lessons[0]) is None


def test_a_run_time_that_differs_little_is_not_stored_again() -> None:
    assert settled(61.4, None) == 61
    assert settled(85.0, 60) == 60
    assert settled(95.0, 60) == 95


def test_a_build_states_the_minutes_everywhere_at_once(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timetable is in the first notebook, which is built before the others have run."""
    first = course.source(course.lessons[0], "lesson")
    first.write_text(first.read_text() + "\n{{ timetable }}\n")

    def executed(notebook: Notebook, *_: Any, **__: Any) -> tuple[Notebook, None]:
        for number, cell in enumerate(notebook["cells"], start=1):
            if cell["cell_type"] == "code":
                cell["execution_count"] = number
            if "raises-exception" in cell["metadata"].get("tags", ()):
                cell["outputs"] = [error()]
        return json.loads(json.dumps(notebook)), None

    monkeypatch.setattr(building, "execute", executed)
    monkeypatch.setattr(building, "settled", lambda *_: 1200)
    build(course, report=lambda _: None)
    assert faults(course) == []
    for path in (course.root / "README.md", course.notebook(course.lessons[0], "lesson")):
        assert "| 20 | 10 |" in path.read_text()


def error() -> dict[str, Any]:
    return {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}


def test_a_build_without_running_keeps_the_run_time(course: Project) -> None:
    write(course, "One.", 600)
    build(course, run=False, report=lambda _: None)
    assert run_time(course, course.lessons[0]) == 600
