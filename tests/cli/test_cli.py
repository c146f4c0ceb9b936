"""The commands of ``course``."""

import importlib
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from app.cli import main
from app.lab.authoring.project import this_project
from app.lab.learner.progress import read, record
from app.lab.learner.work_copy import place
from app.lab.learner.work_copy.place import WorkCopy
from app.lab.load.ceiling import null_server
from app.lab.machine.jupyter_lab import flags

COMMANDS = (
    "lab",
    "serve",
    "bench",
    "ladder",
    "slo",
    "update",
    "doctor",
    "check",
    "reset",
    "progress",
    "new",
    "build",
    "verify",
    "frameworks",
)
HEAVY = {"fastapi", "sqlalchemy", "numpy", "jupytext", "nbformat", "httpx", "rich", "IPython"}


def exit_code_of(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {command} " in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of([command, "--help"]) == 0
    assert f"course {command}" in capsys.readouterr().out


def test_help_imports_no_heavy_package() -> None:
    code = (
        "import sys\nfrom app.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted({HEAVY} & set(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "measures"),
    [
        (["bench", "http://127.0.0.1:1/"], "app.lab.load.bench"),
        (["ladder"], "app.lab.serving.ladder.ladder"),
        (["frameworks"], "app.lab.tools.frameworks.measure.compare_frameworks"),
    ],
)
def test_commands_that_measure_queue(
    arguments: list[str],
    measures: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    inside = []

    class Result(str):
        def text(self, _width: int) -> str:
            return self

    @asynccontextmanager
    async def turn(_report: object) -> AsyncIterator[None]:
        inside.append(True)
        yield
        inside.clear()

    async def measure(*_: object, **__: object) -> Result:
        return Result(f"in turn: {bool(inside)}")

    module, _, name = measures.rpartition(".")
    monkeypatch.setattr(importlib.import_module(module), name, measure)
    monkeypatch.setattr("app.lab.machine.measuring_queue.measuring_turn", turn)
    assert exit_code_of(arguments) == 0
    assert "in turn: True" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process")
def test_an_interrupted_benchmark_stops_its_load_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SHORT", "0")  # otherwise it may be over before the signal
    with null_server() as url:
        # A shell's background job ignores the signal, and so do the tests and their children.
        code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        command = [sys.executable, "-c", f"{code}; from app.cli import main; main()"]
        with subprocess.Popen(
            [*command, "bench", f"{url}/", "--duration", "60"], stderr=subprocess.PIPE, text=True
        ) as bench:
            generator = wait_for_child(bench.pid)
            bench.send_signal(signal.SIGINT)
            assert bench.wait(10) == 130
            assert bench.stderr
            assert bench.stderr.read() == ""
    assert not psutil.pid_exists(generator)


def wait_for_child(pid: int) -> int:
    """The id of the first child of the process, once it runs."""
    deadline = time.monotonic() + 20
    while not (children := psutil.Process(pid).children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    return int(children[0].pid)


def test_an_expected_error_is_reported_in_a_single_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["build", "--check", "no_such_lesson"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("This did not work: There is no lesson 'no_such_lesson'.")
    assert output.err.count("\n") == 1
    assert output.out == ""


def test_serve_after_an_unknown_lesson_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["serve", "--after", "nonsense"]) == 1
    assert "There is no lesson 'nonsense'" in capsys.readouterr().err


def test_build_check_lists_faults(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.lab.authoring.compare.faults", lambda *_: ["a.ipynb, cell 1: late"])
    assert exit_code_of(["build", "--check"]) == 1
    assert capsys.readouterr().out == "a.ipynb, cell 1: late\n"


def test_progress_of_a_new_learner_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert exit_code_of(["progress"]) == 0
    assert "start_here" in capsys.readouterr().out
    assert exit_code_of(["progress", "--json"]) == 0
    assert capsys.readouterr().out == "{}\n"


def test_reset_restores_an_exercise_and_keeps_a_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = this_project().root / "exercises" / "00_start_here_exercise.ipynb"
    mine = tmp_path / shipped.name
    mine.write_text(shipped.read_text(encoding="utf-8").replace("answers = {", "mine = {"))
    changed = mine.read_text()
    assert exit_code_of(["reset", str(mine)]) == 0
    assert "before-reset" in capsys.readouterr().out
    assert mine.read_text() == shipped.read_text(encoding="utf-8")
    assert (tmp_path / "00_start_here_exercise.before-reset.ipynb").read_text() == changed
    lesson = this_project().root / "notebooks" / "00_start_here.ipynb"
    assert exit_code_of(["reset", str(lesson)]) == 1
    assert "is not an exercise" in capsys.readouterr().err


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkCopy:
    """A work copy in a temporary folder, not the learner's own."""
    work = WorkCopy(this_project(), tmp_path / "mine")
    monkeypatch.setattr(place, "this_work_copy", lambda: work)
    return work


def test_update_creates_the_work_copy_and_then_changes_nothing(
    work: WorkCopy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(["update"]) == 0
    assert capsys.readouterr().out == f"Your own copy of the course is in {work.folder}.\n"
    assert exit_code_of(["update"]) == 0
    assert capsys.readouterr().out == f"Nothing in {work.folder} needed an update.\n"
    (work.folder / "docs" / "lab.md").unlink()
    assert exit_code_of(["update"]) == 0
    line, hint = capsys.readouterr().out.splitlines()
    assert line == "Your copy of the course: new lab.md."
    assert "Reload Notebook from Disk" in hint


def test_reset_of_a_lesson_restores_its_exercise_in_the_work_copy(
    work: WorkCopy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(["reset", "pooling"]) == 0
    assert "is there again as shipped" in capsys.readouterr().out
    assert (work.folder / "exercises" / "02_pooling_exercise.ipynb").exists()


def test_progress_reset_removes_a_lesson_and_keeps_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    for slug in ("pooling", "measuring"):
        record(slug, "passed")
    before = (tmp_path / "progress.json").read_text()
    assert exit_code_of(["progress", "--reset", "pooling"]) == 0
    assert "Forgotten: pooling." in capsys.readouterr().out
    assert list(read()) == ["measuring"]
    assert (tmp_path / "progress.before-reset.json").read_text() == before
    assert exit_code_of(["progress", "--reset", "all"]) == 0
    assert read() == {}
    assert exit_code_of(["progress", "--reset", "all"]) == 0
    assert "Nothing is recorded there." in capsys.readouterr().out
    assert exit_code_of(["progress", "--reset", "poling"]) == 1
    assert "There is no lesson 'poling'" in capsys.readouterr().err


def test_jupyterlab_opens_the_first_notebook_and_makes_no_requests() -> None:
    arguments = flags(this_project(), 8888, browser=False)
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in arguments
    assert "--LabApp.news_url=None" in arguments
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in arguments
    assert "--no-browser" in arguments
