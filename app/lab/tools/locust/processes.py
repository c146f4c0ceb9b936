"""The runs of Locust that this process has started, and the process that runs them."""

import asyncio
import atexit
import contextlib
import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from itertools import count
from pathlib import Path

from app.course.errors import CourseError
from app.lab.load.process import start_module, stop


class LocustError(CourseError):
    """Locust did not do what it was started for."""

    title = "Locust did not run"


class Locusts:
    """A process that has imported Locust, and its runs. All end with this one, however it ends."""

    def __init__(self) -> None:
        self._process = start_module("app.lab.tools.locust.preloaded", stderr=subprocess.DEVNULL)
        self._numbers = count(1)
        self._ended: dict[int, Future[int]] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name="course-locust", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(
        self, arguments: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]
    ) -> "Running":
        """Run Locust's command line in that folder; what it prints is appended to ``log``."""
        number, ended = next(self._numbers), Future[int]()
        with self._lock:
            self._ended[number] = ended
        self._send(
            {
                "start": number,
                "arguments": list(arguments),
                "folder": str(folder),
                "log": str(log),
                "environment": dict(environment),
            }
        )
        return Running(self, number, ended)

    def kill(self, number: int) -> None:
        """End a run, if it has not ended by itself, with all of its processes."""
        self._send({"kill": number})

    def close(self) -> None:
        """End all runs. Idempotent."""
        atexit.unregister(self.close)
        stop(self._process)
        self._thread.join(1)

    def _send(self, command: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError), self._lock:  # _read sees that it has ended
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):  # closed by ``close``
            for line in self._process.stdout:
                reply = json.loads(line)
                self._ended.pop(reply["ended"]).set_result(reply["code"])
        with self._lock:
            left, self._ended = self._ended, {}
        for ended in left.values():
            ended.set_exception(LocustError("The process that runs Locust has ended."))


class Running:
    """One run."""

    def __init__(self, locusts: Locusts, number: int, ended: "Future[int]") -> None:
        self._locusts = locusts
        self._number = number
        self._ended = ended

    @property
    def ended(self) -> bool:
        return self._ended.done()

    async def exit_code(self, limit: float) -> int:
        """Negative for a signal. Ends the run and raises ``LocustError`` after ``limit`` seconds;
        a cancellation ends it, too."""
        try:
            async with asyncio.timeout(limit):
                return await asyncio.shield(asyncio.wrap_future(self._ended))
        except TimeoutError:
            raise LocustError(f"Locust did not end within {limit:.0f} s.") from None
        finally:
            self.kill()

    def kill(self) -> None:
        """End it, and whatever it has started, if it has not ended by itself."""
        if not self.ended:
            self._locusts.kill(self._number)
            with contextlib.suppress(LocustError, TimeoutError):
                self._ended.result(5)


_current: list[Locusts] = []
_lock = threading.Lock()


def locusts() -> Locusts:
    """This process's, started at the first use."""
    with _lock:
        if _current and not _current[-1].alive:
            _current.pop().close()
        if not _current:
            _current.append(Locusts())
        return _current[-1]
