"""The load generator as a child process of this one."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import app
from app.lab.environment import neutral
from app.lab.environment.process import require_open_files
from app.lab.load.errors import Unreachable, WorkerDied
from app.lab.load.pool import CONNECT_TIMEOUT
from app.lab.load.target import Target, as_target
from app.lab.load.window import Window

MARGIN = 5.0
"""Seconds beyond all of the generator's own limits before it counts as dead."""
REQUEST_TIMEOUT = 10.0


class LoadProcess:
    """An async context manager. One window runs at a time.

    Not ``asyncio.create_subprocess_exec``: a kernel's event loop on Windows does not support it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._keys: dict[Target, int] = {}
        self._window_lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = start_module("app.lab.load.worker", stderr=self._stderr)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        stop(self._process)
        self._process = None
        if self._stderr:
            self._stderr.close()

    @property
    def pid(self) -> int:
        return self._running().pid

    async def window(
        self,
        target: Target | str,
        *,
        connections: int = 32,
        seconds: float = 0.2,
        rate: float | None = None,
        reply_timeout: float = REQUEST_TIMEOUT,
    ) -> Window:
        """Send load for ``seconds``; in an open loop if a ``rate`` (per second) is given.

        Raises ``CourseError`` if so many connections cannot be open, ``Unreachable`` if nothing
        accepts them, ``WorkerDied`` if the generator has exited. Whatever happens, returns within
        ``seconds + reply_timeout`` and a few seconds.
        """
        target = as_target(target)
        # Those that a server in this process accepts, and its own to PostgreSQL.
        require_open_files(2 * connections, f"{connections} connections")
        command: dict[str, Any] = {
            "connections": connections,
            "seconds": seconds,
            "rate": rate,
            "timeout": reply_timeout,
        }
        async with self._window_lock:
            limit = seconds + reply_timeout + 2 * CONNECT_TIMEOUT + MARGIN
            reply = await self._execute(self._addressed(command, target), limit)
        if "unreachable" in reply:
            raise Unreachable(f"No server answers at {target.url} ({reply['unreachable']}).")
        return Window.from_worker(reply, rate)

    def _addressed(self, command: dict[str, Any], target: Target) -> dict[str, Any]:
        """The command with its target: in full the first time, by key afterwards."""
        if target in self._keys:
            return command | {"key": self._keys[target]}
        self._keys[target] = len(self._keys)
        return command | {"key": self._keys[target], "target": target.to_worker()}

    async def _execute(self, command: dict[str, Any], limit: float) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):  # it died: readline returns nothing, as handled below
            process.stdin.write(json.dumps(command).encode() + b"\n")
            process.stdin.flush()
        reading = asyncio.get_running_loop().run_in_executor(None, process.stdout.readline)
        try:
            # Not wait_for: on Python 3.11 it swallows a cancellation that coincides with the
            # answer, which in a kernel is every one, because only the answer wakes the loop.
            async with asyncio.timeout(limit):
                line = await asyncio.shield(reading)
        except TimeoutError as error:
            process.kill()
            raise WorkerDied(f"The load generator did not answer within {limit:.0f} s.") from error
        except asyncio.CancelledError:
            # Otherwise this window's answer would be taken for the next one's.
            process.kill()
            raise
        if not line:
            raise WorkerDied(f"The load generator's process exited: {self._exit_reason()}.")
        return dict(json.loads(line))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise WorkerDied("The load generator is not running: use it in `async with`.")
        return self._process

    def _exit_reason(self) -> str:
        process = self._running()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
        assert self._stderr is not None
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {process.returncode}"


def start_module(
    module: str,
    *arguments: str,
    stderr: Any = None,
    environment: Mapping[str, str] | None = None,
    inherited: Sequence[int] = (),
    below: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Run ``python -m module`` as a child process that this process's SIGINT does not reach.

    It gets this process's environment, made neutral, and ``environment``. ``inherited`` are
    descriptors that the child keeps open under the same numbers; not on Windows. ``below`` is the
    command of a program that runs it, such as a profiler.
    """
    root = str(Path(next(iter(app.__path__))).parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    # -P: a file in the current directory must not replace the module of the same name.
    command = [*below, sys.executable, "-P", "-m", module, *arguments]
    environment = {
        **neutral(os.environ),
        "PYTHONPATH": os.pathsep.join(paths),
        **(environment or {}),
    }
    # A separate process group, but not a session: Linux divides CPU time among sessions, and on a
    # busy machine a client in another session than its server gets a third of the throughput.
    if sys.platform == "win32":
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment,
        process_group=0,
        pass_fds=tuple(inherited),
    )


class Child(Protocol):
    """A process that ends when its standard input does."""

    @property
    def stdin(self) -> IO[bytes] | None: ...

    @property
    def stdout(self) -> IO[bytes] | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...


def stop(process: Child | None) -> None:
    """Stop a child of ``start_module`` or a forked one: close its stdin, kill it after a second."""
    if process is None:
        return
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
