"""What runs for a state directory, and clients in processes of their own."""

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
told = {"lease": lease and asdict(lease), "pid": client.status()["pid"], "child": child}
print(json.dumps(told), flush=True)
sys.stdin.read()
client.close()
"""


class HeldClient:
    """A client in its own process, connected until it is ended."""

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

    def told(self) -> dict[str, Any]:
        """What it learned; waits until it is connected."""
        assert self._process.stdout
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

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
    return [one for one in psutil.process_iter() if str(home) in " ".join(_words(one))]


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has just ended, or is not ours
        return []


def supervisors(home: Path) -> list[psutil.Process]:
    return [one for one in running_for(home) if "app.lab.services.supervisor" in _words(one)]


def postgres_servers(home: Path) -> list[psutil.Process]:
    found = [one for one in running_for(home) if "-D" in _words(one)]
    numbers = {one.pid for one in found}
    # A server's child looks like the server until it has given itself a title.
    return [one for one in found if one.ppid() not in numbers]


def kill(process: psutil.Process) -> None:
    process.kill()
    eventually(lambda: not is_alive(process))


def end_all_of(home: Path) -> None:
    """Have the supervisors of ``home`` end, and stop their servers first."""
    for one in supervisors(home):
        with contextlib.suppress(psutil.NoSuchProcess):
            one.terminate()
    eventually(lambda: not running_for(home))


def kill_all_of(home: Path) -> None:
    """End what still runs for ``home`` without waiting for any of it to finish its work."""
    family = set(running_for(home))
    for one in list(family):
        with contextlib.suppress(psutil.NoSuchProcess):
            family.update(one.children(recursive=True))
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    eventually(lambda: not any(map(is_alive, family)) and not running_for(home))


def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for ``condition``; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.03)
