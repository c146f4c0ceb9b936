"""Where servers listen: a Unix socket in a private directory, or a free TCP port."""

import os
import shutil
import socket
import stat
import sys
import tempfile
from pathlib import Path

from app.lab.services.paths import Instance
from app.lab.services.processes import (
    chown_to_server_user,
    server_account,
    server_user_can_enter,
)

MAX_PATH_BYTES = 100
"""Length of a socket's path that every system accepts (the limits are 104 and 108)."""

LONGEST_NAME = ".s.PGSQL.5432"


def socket_directory(instance: Instance) -> Path | None:
    """An empty directory that only the servers' user can enter; ``None`` if no path is usable."""
    if sys.platform == "win32":
        return None
    for directory in (instance.directory / "run", short_directory(instance)):
        if len(os.fsencode(directory / LONGEST_NAME)) <= MAX_PATH_BYTES and _make_private(
            directory
        ):
            return directory
    return None


def short_directory(instance: Instance) -> Path:
    """Where the sockets are if the path of the instance's directory is too long for them."""
    user = "" if sys.platform == "win32" else os.geteuid()
    return Path(tempfile.gettempdir()) / f"course-{user}-{instance.key}"


def _make_private(directory: Path) -> bool:
    """Recreate ``directory``. False if another user owns it or the servers cannot enter it."""
    try:
        # Stale sockets of killed servers would be in the way of new ones.
        if directory.exists() and _is_ours(directory):
            shutil.rmtree(directory)
        directory.mkdir(0o700)
        chown_to_server_user(directory)
    except OSError:
        return False
    return server_user_can_enter(directory)


def _is_ours(directory: Path) -> bool:
    status = directory.lstat()
    account = server_account()
    owners = {os.geteuid(), account.uid if account else os.geteuid()}
    return stat.S_ISDIR(status.st_mode) and status.st_uid in owners


def free_port() -> int:
    """A TCP port that is free now. Another process may take it before us, so be ready to retry."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
