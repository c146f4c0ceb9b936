"""Removing the data of instances that nobody has used for a while."""

import contextlib
import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

from app.lab.services.paths import Instance

UNUSED_DAYS = 7
"""After as many days an instance of other data or other servers is taken for forgotten."""


def remove_unused(instance: Instance) -> None:
    """Remove forgotten neighbours of ``instance``; what cannot be removed stays."""
    oldest = time.time() - UNUSED_DAYS * 86_400
    for lock in instance.directory.parent.glob("*/lock"):
        if lock.parent != instance.directory and lock.stat().st_mtime < oldest:
            with contextlib.suppress(OSError, Timeout):
                _remove(lock)


def _remove(lock: Path) -> None:
    with FileLock(lock, timeout=0):
        shutil.rmtree(lock.parent, ignore_errors=True)
