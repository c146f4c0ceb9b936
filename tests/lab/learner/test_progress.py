import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.course.exercise import SHIPPED_SEED
from app.lab.learner import progress
from app.lab.learner.progress import (
    Entry,
    ProgressError,
    entry_of,
    read,
    record,
    record_hint,
    record_predictions,
    seed_of,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "progress.json"


def test_nothing_is_known_at_first(file: Path) -> None:
    assert read(file) == {}


def test_attempts_are_counted_and_the_first_pass_is_kept(file: Path) -> None:
    record("pooling", "wrong", file=file)
    record("pooling", "passed", file=file)
    day = read(file)["pooling"].passed_on
    assert day is not None
    values = json.loads(file.read_text())
    values["pooling"]["passed_on"] = "2020-01-01"
    file.write_text(json.dumps(values))
    record("pooling", "passed", file=file)
    assert read(file)["pooling"] == Entry(attempts=3, failures=1, passed_on="2020-01-01")


def test_untouched_does_not_count(file: Path) -> None:
    record("pooling", "not attempted", file=file)
    assert read(file) == {}


def test_hints_and_predictions_are_kept(file: Path) -> None:
    for layer in (2, 1, 2):
        record_hint("pooling", layer, file=file)
    record_predictions("pooling", {"statements": 20}, file=file)
    record_predictions("pooling", {"statements": 21, "ratio": 3.5}, file=file)
    entry = read(file)["pooling"]
    assert entry.hints == [1, 2]
    assert entry.predictions == {"statements": 21, "ratio": 3.5}


def test_a_seed_is_drawn_once_for_each_learner_and_lesson(file: Path, tmp_path: Path) -> None:
    mine = seed_of("profiling", file=file)
    record("profiling", "wrong", file=file)
    assert seed_of("profiling", file=file) == mine == read(file)["profiling"].seed
    others = {seed_of("profiling", file=tmp_path / f"{number}.json") for number in range(3)}
    assert len({mine, *others}) == 4
    assert read(file)["profiling"].failures == 1


def test_a_seed_that_is_no_number_counts_as_damage(file: Path) -> None:
    record("profiling", "wrong", file=file)
    file.write_text(json.dumps({"profiling": {"seed": "seven"}}))
    assert read(file) == {}


def test_it_can_be_switched_off(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    record("pooling", "passed", file=file)
    assert seed_of("pooling", file=file) == SHIPPED_SEED
    assert not file.exists()


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"pooling": 3}', b'{"pooling": {"attempts": "x"}}', b"\xff\xfe{", b"\x00"],
)
def test_a_file_that_cannot_be_read_is_set_aside(
    file: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    record("pooling", "passed", file=file)
    assert read(file)["pooling"].attempts == 1
    assert file.with_name("progress.unreadable.json").read_bytes() == content
    assert capsys.readouterr().out.count("\n") == 1


def test_a_field_of_a_later_version_does_no_harm(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('{"pooling": {"attempts": 2, "mood": "fine"}}')
    assert read(file)["pooling"] == Entry(attempts=2)


def test_processes_that_write_together_lose_nothing(file: Path) -> None:
    code = (
        "import sys, pathlib; from app.lab.learner.progress import record\n"
        "for _ in range(20): record(sys.argv[2], 'wrong', file=pathlib.Path(sys.argv[1]))"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(file), slug])
        for slug in ("pooling", "measuring", "pooling")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert {slug: entry.attempts for slug, entry in read(file).items()} == {
        "pooling": 40,
        "measuring": 20,
    }


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ProgressError, match="Set COURSE_HOME"):
        record("pooling", "passed", file=tmp_path / "taken" / "progress.json")


def test_it_lives_in_the_courses_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert progress.progress_file() == tmp_path / "progress.json"


def test_the_table_has_a_row_for_each_lesson() -> None:
    entries = {"pooling": Entry(attempts=3, passed_on="2026-01-31", hints=[1, 2])}
    text = progress.table(entries).text()
    [row] = [line for line in text.splitlines() if "pooling" in line]
    assert "passed on 2026-01-31" in row
    assert "1, 2" in row
    assert "1 of" in text
    assert "not attempted" in text


def test_failures_are_counted_apart_from_attempts(file: Path) -> None:
    for outcome in ("wrong", "not attempted", "error", "passed"):
        record("pooling", outcome, file=file)
    entry = read(file)["pooling"]
    assert (entry.attempts, entry.failures) == (3, 2)


@pytest.mark.parametrize(
    ("entry", "is_open"),
    [
        (Entry(), False),
        (Entry(attempts=1, failures=1, hints=[1, 2, 3]), False),
        (Entry(attempts=2, failures=2), True),
        (Entry(attempts=1, passed_on="2026-01-31"), True),
        (Entry(hints=[4]), True),
    ],
)
def test_the_solution_opens_when_it_spoils_nothing(entry: Entry, is_open: bool) -> None:
    assert entry.solution_is_open == is_open


def test_one_entry_is_empty_where_nothing_is_known_or_kept(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert entry_of("pooling", file=file) == Entry()
    record("pooling", "wrong", file=file)
    assert entry_of("pooling", file=file).failures == 1
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    assert entry_of("pooling", file=file) == Entry()
