"""Prepares a process of the course: a notebook's kernel, or the ``course`` command."""

import os
import subprocess
import sys
from collections.abc import Mapping

from app.course.errors import CourseError
from app.lab.environment.variables import for_jupyter, neutral, switches

OPEN_FILES = 4096
"""Descriptors that are asked for. macOS allows 256 by default, and a burst of requests needs two
for each connection, one at either end."""


def restart_without_switches() -> None:
    """If variables such as PYTHONOPTIMIZE changed how this Python works, start the same command
    again without them; then this does not return. JupyterLab, for one, fails with it."""
    found = switches(os.environ)
    if not found:
        return
    environment = {name: value for name, value in os.environ.items() if name not in found}
    command = [sys.executable, *sys.orig_argv[1:]]
    if sys.platform == "win32":
        # Its exec starts another process and does not wait for it.
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    os.execve(sys.executable, command, environment)


def prepare_process() -> None:
    """Make this process, and all that it starts, independent of the user's environment.

    To be called before the process connects to anything. Idempotent."""
    _replace(neutral(os.environ))
    _allow_open_files()


def prepare_jupyter() -> None:
    """The same for JupyterLab's own process, whose terminals are the learner's."""
    _replace(for_jupyter(os.environ))


def _replace(wanted: Mapping[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)


def open_files() -> int | None:
    """How many files and connections this process may have open; ``None`` for no limit."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def require_open_files(more: int, purpose: str) -> None:
    """Raise ``CourseError`` if this process may not open so many more files and connections.

    Otherwise the shop would say that its database cannot be reached."""
    import psutil

    _allow_open_files()
    allowed = open_files()
    if allowed is None:
        return
    needed = psutil.Process().num_fds() + more
    if needed > allowed:
        raise CourseError(
            f"{purpose} can take {needed} open files, and this process may have {allowed}. Use "
            f"fewer, or allow more before you start JupyterLab: `ulimit -n {OPEN_FILES}`."
        )


def _allow_open_files() -> None:
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
