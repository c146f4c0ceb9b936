import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest

from app.course.errors import CourseError
from app.lab.authoring.project import Project
from app.lab.authoring.verify import Trial, shortfalls, verify_exercises


@pytest.fixture(autouse=True)
def _minilab(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    yield
    sys.modules.pop("minilab", None)


def tried(course: Project) -> list[Trial]:
    return verify_exercises(course, report=lambda _: None)


def edit(course: Project, file: str, change: Callable[[str], str]) -> None:
    path = course.sources / "counting" / file
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before


def problems(trials: list[Trial]) -> dict[str, str]:
    return {trial.name: trial.problem for trial in trials if trial.problem}


def test_an_exercise_as_it_should_be(course: Project) -> None:
    trials = tried(course)
    assert problems(trials) == {}
    assert shortfalls(trials) == []
    assert [trial.outcome for trial in trials[:2]] == ["not attempted", "passed"]
    assert [trial.message for trial in trials if trial.derived][2:] == [
        "SyntaxError: invalid syntax (line 2)",
        "NameError: name 'undefined_name' is not defined",
        "Got a frozenset, not a list.",
    ]
    assert trials[-4].message == "ZeroDivisionError: division by zero"
    assert sys.modules["minilab"].lab.closed


def test_each_attempt_is_reported_when_it_is_done(course: Project) -> None:
    seen: list[Trial] = []
    assert verify_exercises(course, report=seen.append) == seen


def test_several_processes_find_the_same_in_the_same_order(course: Project) -> None:
    seen: list[Trial] = []
    trials = verify_exercises(course, processes=2, report=seen.append)
    assert seen == trials
    assert [replace(one, seconds=0) for one in trials] == [
        replace(one, seconds=0) for one in tried(course)
    ]


def test_several_processes_close_their_labs(
    course: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("MINILAB_LOG", str(log))
    verify_exercises(course, processes=2, report=lambda _: None)
    events = [line.split() for line in log.read_text().splitlines()]
    started = {process for event, process in events if event == "started"}
    closed = [process for event, process in events if event == "closed"]
    assert started
    assert sorted(closed) == sorted(started)


@pytest.mark.parametrize("processes", [1, 2])
def test_an_interrupt_ends_it(course: Project, processes: int) -> None:
    def interrupt(_: Trial) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_exercises(course, processes=processes, report=interrupt)
    assert not active_children()


def test_a_wrong_attempt_that_passes(course: Project) -> None:
    edit(course, "attempts.py", lambda text: text.replace('source="answer = []"', "edits=()"))
    assert problems(tried(course)) == {"none": "expected 'wrong', got 'passed'"}


def test_a_solution_that_does_not_pass(course: Project) -> None:
    edit(course, "exercise.md", lambda text: text.replace("[1, 2, 3]", "[1, 3]"))
    edit(course, "attempts.py", lambda text: text.replace("edits=", "source='answer = 1', edits="))
    assert problems(tried(course))["solution"] == "expected 'passed', got 'wrong'"


def test_an_untouched_exercise_that_is_refused(course: Project) -> None:
    edit(course, "exercise.md", lambda text: text.replace("answer = None", "answer = [0]"))
    assert problems(tried(course)) == {"untouched": "expected 'not attempted', got 'wrong'"}


def test_an_accepted_variant_that_is_refused(course: Project) -> None:
    edit(course, "attempts.py", lambda text: text.replace("range(3)", "range(5)"))
    assert problems(tried(course)) == {"comprehension": "expected 'passed', got 'wrong'"}


def test_a_message_that_says_something_else(course: Project) -> None:
    edit(course, "attempts.py", lambda text: text.replace("Got 4 numbers", "too many"))
    assert problems(tried(course)) == {"four": "the message does not say 'too many'"}


def test_two_wrong_attempts_with_the_same_message(course: Project) -> None:
    edit(course, "attempts.py", lambda text: text.replace("Got 4 numbers", "Got"))
    edit(course, "attempts.py", lambda text: text.replace("3, 4]", "3, 4][:2]"))
    assert problems(tried(course)) == {"four": "the same message as 'two'"}


def test_an_attempt_without_a_message(course: Project) -> None:
    edit(course, "attempts.py", lambda text: text.replace('"Got 4 numbers"', '""'))
    assert problems(tried(course)) == {"four": "the attempt does not say which message it must get"}


def test_too_few_attempts(course: Project) -> None:
    edit(course, "attempts.py", lambda text: "\n".join(text.splitlines()[:5]) + "\n)\n")
    assert shortfalls(tried(course)) == [
        ("counting", "2 wrong attempts; 5 are the fewest."),
        ("counting", "0 accepted attempts; 3 are the fewest."),
    ]


def test_no_check_at_all_reads_not_attempted(course: Project) -> None:
    edit(course, "exercise.md", lambda text: text.replace("await lab.check(answer)", "answer"))
    assert {trial.outcome for trial in tried(course)} == {"not attempted", "error"}


def test_an_edit_must_fit_once(course: Project) -> None:
    edit(course, "attempts.py", lambda text: text.replace("3, 4]", "3]").replace('("3]"', '("[9"'))
    with pytest.raises(CourseError, match=r"Attempt 'four': '\[9' occurs 0 times"):
        tried(course)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_course_that_cannot_start_is_no_verdict(course: Project, processes: int) -> None:
    failing = "from app.course.errors import CourseError\nraise CourseError('no server')"
    edit(course, "exercise.md", lambda text: text.replace("from minilab import lab", failing))
    with pytest.raises(CourseError, match="no server"):
        verify_exercises(course, processes=processes, report=lambda _: None)
