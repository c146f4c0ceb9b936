"""Removing the data of instances that nobody has used for a while."""

import contextlib
import shutil
import time

from filelock import FileLock, Timeout

from app.lab.services.paths import Instance

UNUSED_DAYS = 7
"""After as many days an instance of other data or other servers is taken for forgotten."""


def remove_unused(instance: Instance) -> None:
    """Remove forgotten neighbours of ``instance``; what cannot be removed stays.

    A supervisor touches its log when it starts and when it ends.
    """
    oldest = time.time() - UNUSED_DAYS * 86_400
    for log in instance.directory.parent.glob(f"*/{instance.log.name}"):
        neighbour = Instance(log.parent, "")
        if neighbour.directory != instance.directory and log.stat().st_mtime < oldest:
            with contextlib.suppress(OSError, Timeout):
                _remove(neighbour)


def _remove(instance: Instance) -> None:
    with FileLock(instance.lock, timeout=0):
        shutil.rmtree(instance.directory, ignore_errors=True)
