"""A process that has imported Locust: ``python -m app.lab.tools.locust.preloaded``.

Locust imports for a second or two. On Linux this process does that once, and each run is a fork of
it; elsewhere each run is a new process. All of them end with this one, and this one at the end of
its standard input.

Commands and replies are lines of JSON:
``{"start": 1, "arguments": […], "folder": …, "log": …, "environment": {…}}``, ``{"kill": 1}`` and
``{"ended": 1, "code": 0}``.
"""

import contextlib
import gc
import json
import os
import subprocess
import sys
from _thread import start_new_thread

# Here, before gevent replaces it: the replacement would start its loop, which no fork survives.
from select import select
from signal import SIGTERM
from typing import Any, Protocol

if sys.platform != "win32":
    from os import fork, waitpid
    from signal import SIGKILL

CAN_FORK = sys.platform == "linux"
"""On macOS, system libraries do not survive a fork; Windows has none."""
_PATIENCE = 0.02
"""Seconds between two looks at whether a run has ended."""

Command = dict[str, Any]


class Run(Protocol):
    """One run of Locust."""

    def poll(self) -> int | None:
        """Its exit code once it has ended, negative for a signal."""

    def kill(self) -> None:
        """End it and whatever it has started."""


def main() -> int:
    """Obey commands until the end of standard input; in a child, be Locust."""
    if CAN_FORK:
        import locust.main  # noqa: F401

        gc.collect()
        gc.freeze()  # so that collections in the runs leave the shared memory alone
    lifeline = os.pipe()
    runs: dict[int, Run] = {}
    try:
        command = _serve(runs)
    except BaseException:
        _kill_all(runs)
        raise
    if command is not None:
        return _be_locust(command, lifeline)
    _kill_all(runs)
    return 0


def _serve(runs: dict[int, Run]) -> Command | None:
    """``None`` at the end of standard input; in a child, the command that it is to run."""
    rest = b""
    while True:
        if select([0], [], [], _PATIENCE if runs else None)[0]:
            received = os.read(0, 65536)
            if not received:
                return None
            *lines, rest = (rest + received).split(b"\n")
            for command in map(json.loads, lines):
                if "kill" in command:
                    _kill(runs, command["kill"])
                elif run := _started(command):
                    runs[command["start"]] = run
                else:
                    return dict(command)
        _report(runs)


def _started(command: Command) -> Run | None:
    """``None`` in the child."""
    if not CAN_FORK:
        return _Process(command)
    pid = fork()
    return _Fork(pid) if pid else None


def _report(runs: dict[int, Run]) -> None:
    for number, run in list(runs.items()):
        code = run.poll()
        if code is not None:
            run.kill()  # what it started may still be there
            del runs[number]
            os.write(1, json.dumps({"ended": number, "code": code}).encode() + b"\n")


def _kill(runs: dict[int, Run], number: int) -> None:
    if run := runs.get(number):
        run.kill()


def _kill_all(runs: dict[int, Run]) -> None:
    for run in runs.values():
        run.kill()


def _be_locust(command: Command, lifeline: tuple[int, int]) -> int:
    """Run Locust's own command line, and exit as it does."""
    import gevent
    import locust.main

    _lead_group(0)
    os.close(lifeline[1])
    start_new_thread(_die_with_the_parent, (lifeline[0],))
    log = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(command["environment"])
    os.chdir(command["folder"])
    sys.argv = ["locust", *command["arguments"]]
    gevent.reinit()
    locust.main.main()
    return 0


def _die_with_the_parent(lifeline: int) -> None:
    """In a thread of the operating system, which runs whatever Locust's users do."""
    os.read(lifeline, 1)
    os.killpg(0, SIGKILL)


def _lead_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(pid, pid)


class _Fork:
    """A child of this process that leads a process group of its own."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._code: int | None = None
        _lead_group(pid)  # here, too: whoever comes first

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = waitpid(self._pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def kill(self) -> None:
        _kill_group(self._pid)


class _Process:
    """A new process that leads a process group of its own."""

    def __init__(self, command: Command) -> None:
        options: dict[str, Any] = {} if sys.platform == "win32" else {"process_group": 0}
        with open(command["log"], "ab") as log:  # noqa: PTH123
            self._process = subprocess.Popen(
                [sys.executable, "-m", "locust", *command["arguments"]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=command["folder"],
                env={**os.environ, **command["environment"]},
                **options,
            )

    def poll(self) -> int | None:
        return self._process.poll()

    def kill(self) -> None:
        _kill_group(self._process.pid)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, SIGTERM)
        else:
            os.killpg(pid, SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
