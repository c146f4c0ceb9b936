"""The processes that run for a state directory, and clients in separate processes."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psutil

from app.lab.services.processes import is_alive

HOLD = """
import json, os, sys
from dataclasses import asdict
from app.lab.services import connect

client = connect("held")
lease = client.lease() if "lease" in sys.argv else None
child = 0
if "fork" in sys.argv:
    child = os.fork()
    if child == 0:
        sys.stdin.close()
        import time; time.sleep(60)
        os._exit(0)
report = {"lease": lease and asdict(lease), "pid": client.status()["pid"], "child": child}
print(json.dumps(report), flush=True)
sys.stdin.read()
client.close()
"""


class HeldClient:
    """A client in its own process, connected until it is stopped."""

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLD, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def report(self) -> dict[str, Any]:
        """Its lease, its child's PID and the supervisor's; waits until it is connected."""
        assert self._process.stdout
        report: dict[str, Any] = json.loads(self._process.stdout.readline())
        return report

    def finish(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()


def running_for(home: Path) -> list[psutil.Process]:
    """The processes of supervisors and servers whose state is in ``home``."""
    return [p for p in psutil.process_iter() if str(home) in " ".join(_arguments(p))]


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has just exited, or is not ours
        return []


def supervisors(home: Path) -> list[psutil.Process]:
    return [p for p in running_for(home) if "app.lab.services.supervisor" in _arguments(p)]


def postgres_servers(home: Path) -> list[psutil.Process]:
    processes = [p for p in running_for(home) if "-D" in _arguments(p)]
    pids = {p.pid for p in processes}
    # A server's child looks like the server until it has set its process title.
    return [p for p in processes if p.ppid() not in pids]


def kill(process: psutil.Process) -> None:
    process.kill()
    eventually(lambda: not is_alive(process))


def stop_all(home: Path) -> None:
    """Terminate the supervisors of ``home``, which stop their servers before they exit."""
    for supervisor in supervisors(home):
        with contextlib.suppress(psutil.NoSuchProcess):
            supervisor.terminate()
    eventually(lambda: not running_for(home))


def kill_all(home: Path) -> None:
    """Kill whatever still runs for ``home``."""
    family = set(running_for(home))
    for process in list(family):
        with contextlib.suppress(psutil.NoSuchProcess):
            family.update(process.children(recursive=True))
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    eventually(lambda: not any(map(is_alive, family)) and not running_for(home))


def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for ``condition``. Raises ``AssertionError`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.03)
