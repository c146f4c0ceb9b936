"""Starts server processes that do not outlive the supervisor, and terminates any that did."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from app.lab.services.errors import ServicesError
from app.lab.services.paths import is_root

if TYPE_CHECKING:
    import psutil

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user that the servers run as if we are root."""

    name: str
    uid: int
    gid: int


@cache
def server_account() -> Account | None:
    """The user to run servers as, or ``None`` for our own. PostgreSQL refuses to run as root."""
    if sys.platform == "win32" or not is_root():
        return None
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ServicesError(
            "PostgreSQL does not run as root, and there is no user “nobody” to run it as. "
            "Use an ordinary account, or set DATABASE_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def chown_to_server_user(path: Path) -> None:
    """Make the servers' user the owner of ``path``."""
    if sys.platform != "win32" and (account := server_account()):
        os.chown(path, account.uid, account.gid)


def server_environment() -> dict[str, str]:
    """Our environment, without the variables that would change a server's behaviour."""
    neutral = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_", "LANG", "REDIS", "DATABASE_URL"))
    }
    return {**neutral, "LC_ALL": "C"}


def _as_server_user() -> dict[str, Any]:
    account = server_account()
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def server_user_can_run(command: Sequence[str | Path]) -> bool:
    """Whether ``command`` succeeds when the servers' user runs it."""
    try:
        completed = subprocess.run(
            [os.fspath(part) for part in command],
            env=server_environment(),
            cwd=None if sys.platform == "win32" else "/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **_as_server_user(),
        )
    except OSError:
        return False
    return completed.returncode == 0


def server_user_can_enter(directory: Path) -> bool:
    if server_account() is None:
        return True
    return server_user_can_run(["/bin/sh", "-c", 'cd "$1"', "sh", directory])


def _signal_on_parent_death(number: int) -> Callable[[], None] | None:
    """Runs in the child between fork and exec: request signal ``number`` for when we die."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


async def spawn(
    command: Sequence[str | Path],
    *,
    as_server: bool = False,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | IO[bytes] = asyncio.subprocess.DEVNULL,
    stderr: int | IO[bytes] | None = None,
    end_signal: int = signal.SIGTERM,
    cwd: Path | None = None,
    limit: int = 1 << 16,
) -> asyncio.subprocess.Process:
    """Start ``command``; on Linux it receives ``end_signal`` if we die without stopping it.

    Raises ``ServicesError`` if it cannot be started."""
    options: dict[str, Any] = {}
    if as_server:
        options |= {"env": server_environment(), **_as_server_user()}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW
    else:
        # Changing the user resets this request, and preexec_fn runs after that change.
        options["preexec_fn"] = _signal_on_parent_death(end_signal)
    try:
        return await asyncio.create_subprocess_exec(
            *(os.fspath(part) for part in command),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            limit=limit,
            **options,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServicesError(f"{Path(command[0]).name} cannot be started: {error}.") from None


async def run(command: Sequence[str | Path]) -> tuple[int, str]:
    """Run ``command`` as the servers' user; returns its exit code and its output."""
    process = await spawn(
        command,
        as_server=True,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=None if sys.platform == "win32" else Path("/"),
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace")


async def terminate(process: asyncio.subprocess.Process, *signals: tuple[int, float]) -> None:
    """Send each (signal, seconds to wait) until the process exits; if none worked, kill it."""
    for number, seconds in signals:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def terminate_leftover(process: "psutil.Process", number: int, seconds: float) -> None:
    """Send signal ``number`` to an earlier supervisor's server; then kill it and its children."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        family = [process, *process.children(recursive=True)]
        process.send_signal(number)
        if not await _all_exited(family, seconds):
            for survivor in filter(is_alive, family):
                with contextlib.suppress(psutil.NoSuchProcess):
                    survivor.kill()
            await _all_exited(family, 5)


async def _all_exited(family: "Sequence[psutil.Process]", seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while any(map(is_alive, family)):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def is_alive(process: "psutil.Process") -> bool:
    """Whether ``process`` is running. A zombie is not: in a container it may never be reaped."""
    import psutil

    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
