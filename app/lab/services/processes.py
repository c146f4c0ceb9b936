"""Starting server processes that cannot outlive us, and ending those that did."""

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
    """The unprivileged user that servers run as when we are root."""

    name: str
    uid: int
    gid: int


@cache
def server_account() -> Account | None:
    """The user to run servers as, or None for ourselves. PostgreSQL refuses to run as root."""
    if sys.platform == "win32" or not is_root():
        return None
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ServicesError(
            "PostgreSQL does not run as root and there is no user “nobody”; "
            "use an ordinary account or set DATABASE_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def give_to_servers(path: Path) -> None:
    """Let the user that servers run as own ``path``."""
    if sys.platform != "win32" and (account := server_account()):
        os.chown(path, account.uid, account.gid)


def server_environment() -> dict[str, str]:
    """Our environment without what would change a server's behaviour."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_", "LANG", "REDIS", "DATABASE_URL"))
    }
    return {**kept, "LC_ALL": "C"}


def _as_server() -> dict[str, Any]:
    account = server_account()
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def servers_can(command: Sequence[str | Path]) -> bool:
    """Whether ``command`` succeeds when the servers' user runs it."""
    try:
        done = subprocess.run(
            [os.fspath(part) for part in command],
            env=server_environment(),
            cwd=None if sys.platform == "win32" else "/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **_as_server(),
        )
    except OSError:
        return False
    return done.returncode == 0


def servers_can_enter(directory: Path) -> bool:
    if server_account() is None:
        return True
    return servers_can(["/bin/sh", "-c", 'cd "$1"', "sh", directory])


def _dying_with_us(number: int) -> Callable[[], None] | None:
    """For the child, between fork and exec: get signal ``number`` when the supervisor ends."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    us = os.getpid()

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != us:
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
    """Start ``command``; on Linux it gets ``end_signal`` should we end without stopping it."""
    options: dict[str, Any] = {}
    if as_server:
        options |= {"env": server_environment(), **_as_server()}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW
    else:
        # The kernel forgets the wish when the user changes, so it is made after that: here.
        options["preexec_fn"] = _dying_with_us(end_signal)
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
    """Run ``command`` as the servers' user; its exit code and all it said."""
    process = await spawn(
        command,
        as_server=True,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=None if sys.platform == "win32" else Path("/"),
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")


async def end(process: asyncio.subprocess.Process, *signals: tuple[int, float]) -> None:
    """Send each signal in turn and wait its seconds, until the process is gone; then kill it."""
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


async def end_left_over(process: "psutil.Process", number: int, seconds: float) -> None:
    """End a server of an earlier supervisor: ``number`` first, then kill it with its children."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        family = [process, *process.children(recursive=True)]
        process.send_signal(number)
        if not await _all_gone(family, seconds):
            for survivor in filter(is_alive, family):
                with contextlib.suppress(psutil.NoSuchProcess):
                    survivor.kill()
            await _all_gone(family, 5)


async def _all_gone(family: "Sequence[psutil.Process]", seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while any(map(is_alive, family)):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def is_alive(process: "psutil.Process") -> bool:
    """Whether ``process`` runs. A zombie does not: in a container nobody may ever collect it."""
    import psutil

    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
