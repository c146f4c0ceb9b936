"""Worker processes from a fork server, where there can be one."""

import atexit
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

from app.lab.environment import neutral
from app.lab.load.process import start_module, stop

CAN_FORK = sys.platform == "linux"
"""On macOS, system libraries do not survive a fork; Windows has none."""

_PID_BYTES = 8


class ForkServerError(Exception):
    """The fork server has ended, or did not start."""


class Forked:
    """A forked worker, with as much of ``subprocess.Popen`` as its owner uses."""

    def __init__(self, pid: int, descriptor: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        """-1 once it has ended: only its parent learns how."""
        self._descriptor = descriptor

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._descriptor], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises ``subprocess.TimeoutExpired``."""
        if self.returncode is None:
            if not select.select([self._descriptor], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            self._ended()
        return -1

    def kill(self) -> None:
        if sys.platform == "linux" and self.returncode is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def _ended(self) -> None:
        self.returncode = -1
        os.close(self._descriptor)


class ForkServer:
    """The process, which ends with this one."""

    def __init__(self) -> None:
        self.environment = _environment()
        self._control, other = socket.socketpair()
        with other:
            self._process = start_module(
                "app.lab.serving.fork_server", str(other.fileno()), inherited=(other.fileno(),)
            )
        atexit.register(self.stop)

    @property
    def usable(self) -> bool:
        """Whether what it forks is like a process that this one would start now."""
        return self._process.poll() is None and self.environment == _environment()

    def fork(self, listener: socket.socket, stderr: IO[bytes]) -> Forked:
        """A worker that accepts connections from ``listener``. Raises ``ForkServerError``."""
        if sys.platform != "linux":
            raise ForkServerError
        stdin, our_stdin = os.pipe()
        our_stdout, stdout = os.pipe()
        theirs = [stdin, stdout, stderr.fileno(), listener.fileno()]
        process: list[int] = []
        try:
            socket.send_fds(self._control, [b"f"], theirs)
            pid, process, _, _ = socket.recv_fds(self._control, _PID_BYTES, 1)
        except OSError:
            pass
        finally:
            os.close(stdin)
            os.close(stdout)
        if not process:
            os.close(our_stdin)
            os.close(our_stdout)
            raise ForkServerError
        return Forked(
            int.from_bytes(pid), process[0], os.fdopen(our_stdin, "wb"), os.fdopen(our_stdout, "rb")
        )

    def stop(self) -> None:
        self._control.close()
        stop(self._process)
        atexit.unregister(self.stop)


_current: list[ForkServer] = []
_lock = threading.Lock()


def start_worker(listener: socket.socket, stderr: IO[bytes]) -> "Forked | subprocess.Popen[bytes]":
    """A process that runs ``app.lab.serving.worker``; forked ones accept from ``listener``."""
    if CAN_FORK:
        with suppress(ForkServerError), _lock:
            return _fork_server().fork(listener, stderr)
    inherited = (listener.fileno(),) if os.name == "posix" else ()
    return start_module("app.lab.serving.worker", stderr=stderr, inherited=inherited)


def _fork_server() -> ForkServer:
    if _current and not _current[-1].usable:
        _current.pop().stop()
    if not _current:
        _current.append(ForkServer())
    return _current[-1]


def _environment() -> tuple[dict[str, str], str]:
    return neutral(os.environ), os.getcwd()  # noqa: PTH109
