"""Reaches the supervisor at its published address, or launches one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from app.lab.environment import neutral
from app.lab.services.errors import ServicesError
from app.lab.services.paths import Instance

T = TypeVar("T")

BUSY = 75
"""The exit code of a supervisor that found another one running."""

PAUSE = 0.03
"""Seconds between attempts."""


@dataclass(frozen=True, slots=True)
class Address:
    port: int
    token: str


def read_address(instance: Instance) -> Address | None:
    try:
        content = json.loads(instance.address.read_text())
        return Address(content["port"], content["token"])
    except (OSError, ValueError, KeyError):
        return None


def reach(instance: Instance, register: Callable[[Address], T], timeout: float) -> T:
    """The result of ``register`` with a live supervisor's address, launching one if necessary.

    A supervisor that is shutting down rejects clients; this waits and launches the next. Raises
    ``ServicesError`` after ``timeout`` seconds, or if the supervisor cannot start.
    """
    deadline = time.monotonic() + timeout
    launched: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        if address := read_address(instance):
            try:
                client = register(address)
            except (OSError, ServicesError):
                pass  # it has exited, or is about to
            else:
                _disown(launched)
                return client
        if launched is not None and launched.poll() is not None:
            _check_exit(instance, launched.returncode)
            launched = None
        if launched is None and _is_free(instance):
            launched = _launch(instance)
        time.sleep(PAUSE)
    raise ServicesError(
        f"The servers' supervisor did not answer within {timeout:.0f} s. "
        f"Its log may say why: {instance.log}"
    )


def _is_free(instance: Instance) -> bool:
    """Whether no supervisor is running. The system releases the lock when its holder exits."""
    try:
        with FileLock(instance.lock, timeout=0):
            return True
    except Timeout:
        return False
    except OSError as error:
        raise ServicesError(
            f"The file {instance.lock} cannot be locked ({error.strerror}). "
            "Set COURSE_HOME to a directory on a local disk."
        ) from None


def _launch(instance: Instance) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        *("-P", "-m", "app.lab.services.supervisor"),
        *(str(instance.directory), instance.fingerprint),
    ]
    with instance.log.open("ab") as log:
        if sys.platform == "win32":
            flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        else:
            flags = 0
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(),
            # Not the notebook's directory, which the user may want to move.
            cwd=instance.directory,
            start_new_session=True,
            creationflags=flags,
        )


def _disown(launched: subprocess.Popen[bytes] | None) -> None:
    if launched is None:
        return
    if sys.platform == "win32":
        launched.returncode = 0  # it outlives us on purpose; otherwise Popen would warn
    else:
        launched.wait()  # the process we launched exits as soon as its child is ready


def _environment() -> dict[str, str]:
    """Our environment, made neutral, with the course importable from any directory."""
    root = str(Path(__file__).resolve().parents[3])
    path = os.environ.get("PYTHONPATH")
    return {**neutral(os.environ), "PYTHONPATH": os.pathsep.join([root, path] if path else [root])}


def _check_exit(instance: Instance, code: int) -> None:
    if code not in (0, BUSY):
        reason = instance.log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise ServicesError(
            f"The servers' supervisor does not start: {reason or f'exit code {code}'} "
            f"(more in {instance.log})."
        )
