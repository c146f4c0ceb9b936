from pathlib import Path

import pytest

from app.lab.authoring.project import Project
from app.lab.checks.outcome import Outcome
from app.lab.learner import progress
from app.lab.learner.advice import advised, with_advice
from app.lab.learner.progress import Entry, record

PASSED = Outcome("welcome", "passed", "It is small.")
WRONG = Outcome("welcome", "wrong", "No.", 1)


def test_a_pass_offers_the_solution_and_the_hints_not_read(course: Project) -> None:
    solution, hints, _ = with_advice(PASSED, Entry(hints=[1, 3]), course).advice
    assert "`lab.solution()`" in solution
    assert hints == "Hints you have not read: `lab.hint(2)`, `lab.hint(4)`."
    assert "Hints" not in str(with_advice(PASSED, Entry(hints=[1, 2, 3, 4]), course))


def test_a_pass_links_to_the_next_lesson(course: Project) -> None:
    *_, following = with_advice(PASSED, Entry(), course).advice
    assert following == "Next: [How many are there?](../notebooks/01_counting.ipynb)"


def test_after_the_last_lesson_there_is_none(course: Project) -> None:
    *_, following = with_advice(Outcome("counting", "passed", ""), Entry(), course).advice
    assert following == "That was the last lesson."


def test_the_second_failure_offers_the_solution(course: Project) -> None:
    assert with_advice(WRONG, Entry(failures=1), course).advice == ()
    (offer,) = with_advice(WRONG, Entry(failures=2), course).advice
    assert "`lab.solution()`" in offer


def test_untouched_is_left_alone(course: Project) -> None:
    untouched = Outcome("welcome", "not attempted", "As it was.")
    assert with_advice(untouched, Entry(failures=5), course) == untouched


def test_the_check_at_hand_counts_already(
    course: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    monkeypatch.setattr(progress, "progress_file", lambda: tmp_path / "progress.json")
    assert advised(WRONG, course).advice == ()
    record("welcome", "error")
    assert advised(WRONG, course).advice != ()


def test_an_unreadable_record_does_not_hide_the_outcome(
    course: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    monkeypatch.setattr(progress, "progress_file", lambda: tmp_path)  # a directory
    assert advised(WRONG, course) == WRONG
