"""``course clean`` removes the state, and nothing of the learner's."""

from pathlib import Path

import pytest

from app.cli import main
from app.lab.services import connect
from tests.lab.services.databases import things
from tests.lab.services.processes import stop_all


def clean(*options: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["clean", *options])
    return int(end.value.code or 0)


@pytest.fixture
def kept(home: Path) -> set[Path]:
    """What is not the course's to remove, beside things that are."""
    (home / "frameworks").mkdir()
    (home / "frameworks" / "server").write_bytes(bytes(2_000_000))
    (home / "copying-left").mkdir()
    files = {home / "progress.json", home / "mine.txt"}
    for file in files:
        file.write_text("{}")
    return files


def test_it_removes_the_state_and_says_how_much(
    home: Path, kept: set[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert clean() == 0
    shown = capsys.readouterr().out
    assert "PostgreSQL's data and logs" in shown
    [row] = [line for line in shown.splitlines() if "frameworks" in line]
    assert "2 MB" in row
    assert "MB removed" in shown
    assert set(home.iterdir()) == kept
    with connect("next") as client:
        assert things(client.lease()) == [1, 2, 3]
    stop_all(home)


def test_a_dry_run_removes_nothing(
    home: Path, kept: set[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(home.rglob("*"))
    assert before >= kept
    assert clean("--dry-run") == 0
    assert "MB can be removed" in capsys.readouterr().out
    assert set(home.rglob("*")) == before


@pytest.mark.usefixtures("home")
def test_servers_in_use_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with connect("JupyterLab") as client:
        client.lease()
        assert clean() == 1
        assert "The servers are running for JupyterLab. Close" in capsys.readouterr().err
        assert things(client.lease()) == [1, 2, 3]


def test_there_may_be_nothing(empty_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert clean() == 0
    assert "Nothing is stored" in capsys.readouterr().out
    assert list(empty_home.iterdir()) == []
