"""Removes the data of instances that have not been used for a while."""

import contextlib
import shutil
import time

from filelock import FileLock, Timeout

from app.lab.services.paths import Instance

UNUSED_DAYS = 7
"""Days after which an instance for other data or other servers counts as unused."""


def remove_unused(instance: Instance) -> None:
    """Remove unused siblings of ``instance``, except those that cannot be removed.

    A supervisor touches its log when it starts and when it exits.
    """
    oldest = time.time() - UNUSED_DAYS * 86_400
    for log in instance.directory.parent.glob(f"*/{instance.log.name}"):
        sibling = Instance(log.parent, "")
        if sibling.directory != instance.directory and log.stat().st_mtime < oldest:
            with contextlib.suppress(OSError, Timeout):
                _remove(sibling)


def _remove(instance: Instance) -> None:
    with FileLock(instance.lock, timeout=0):
        shutil.rmtree(instance.directory, ignore_errors=True)
