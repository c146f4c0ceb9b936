"""The command with which each manager is started."""

import sys

import pytest

from app.course.errors import CourseError
from app.lab.tools.deployment.failure import telling_line
from app.lab.tools.deployment.managers import (
    GUNICORN,
    MANAGERS,
    UVICORN,
    UVICORN_WORKER,
    manager_named,
)
from app.lab.tools.deployment.options import arguments


def test_options_become_arguments() -> None:
    options = {"keep_alive": 5, "preload": True, "access_log": False, "limit_concurrency": None}
    assert arguments(options) == ["--keep-alive", "5", "--preload", "--no-access-log"]


@pytest.mark.parametrize("name", ["--workers", "keep alive", "", "1"])
def test_a_name_that_no_option_has_is_rejected(name: str) -> None:
    with pytest.raises(CourseError, match="is not the name of an option"):
        arguments({name: 1})


@pytest.mark.parametrize("name", MANAGERS)
def test_a_command_names_the_port_and_the_workers(name: str) -> None:
    command = MANAGERS[name].command(8123, 3, {})
    assert command[0] == sys.executable
    assert command[command.index("--workers") + 1] == "3"
    assert "8123" in " ".join(command)


@pytest.mark.parametrize("name", MANAGERS)
def test_what_the_lab_decides_cannot_be_set(name: str) -> None:
    for option in ("workers", "host", "bind", "port"):
        with pytest.raises(CourseError, match=f"`{option}` cannot be set here"):
            MANAGERS[name].command(8123, 2, {option: 1})


def test_a_learner_may_change_what_is_only_a_default() -> None:
    command = UVICORN.command(8123, 2, {"access_log": True, "log_level": None})
    assert "--access-log" in command
    assert "--no-access-log" not in command
    assert "--log-level" not in command


def test_gunicorn_opens_no_control_socket() -> None:
    for manager in (GUNICORN, UVICORN_WORKER):
        assert "--no-control-socket" in manager.command(8123, 2, {})


def test_how_long_an_old_worker_may_take() -> None:
    assert UVICORN.grace({}) is None
    assert UVICORN.grace({"timeout_graceful_shutdown": 5}) == 5
    assert GUNICORN.grace({}) == 30
    assert GUNICORN.grace({"graceful_timeout": "3"}) == 3
    assert UVICORN_WORKER.grace({"graceful_timeout": 3}) is None


def test_an_unknown_manager_is_refused() -> None:
    with pytest.raises(CourseError, match="no manager 'hypercorn'; known: uvicorn, gunicorn"):
        manager_named("hypercorn")


def test_there_is_none_for_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(CourseError, match="Use WSL"):
        manager_named("gunicorn")


def test_the_reason_of_a_failure_is_found_in_a_log() -> None:
    traceback = "ERROR:    Traceback (most recent call last):\n  File …\n"
    failed = "ERROR:    Application startup failed. Exiting.\n"
    budget = f"{traceback}app.shop.budget.BudgetExceeded: too many.\n\n{failed}"
    halted = "x.py:1: UserWarning: old\n  import x\n"
    assert telling_line(f"{halted}{budget}gunicorn.errors.HaltServer: <HaltServer 3>\n") == (
        "BudgetExceeded: too many"
    )
    usage = "Usage: python -m uvicorn [OPTIONS] APP\n\n"
    assert telling_line(f"{usage}Error: No such option '--x'.\n") == "Error: No such option '--x'"
    assert telling_line("usage: …\ngunicorn: error: unrecognized arguments: --x\n") == (
        "gunicorn: error: unrecognized arguments: --x"
    )
    assert telling_line("") == "nothing was logged"
