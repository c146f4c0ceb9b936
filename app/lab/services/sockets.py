"""Where servers listen: a Unix socket in a private directory, or a free TCP port."""

import os
import shutil
import socket
import stat
import sys
import tempfile
from pathlib import Path

from app.lab.services.paths import Instance
from app.lab.services.processes import give_to_servers, server_account, servers_can_enter

LONGEST = 100
"""Bytes of a socket's path that every system takes (the limits are 104 and 108)."""

LONGEST_NAME = ".s.PGSQL.5432"


def socket_directory(instance: Instance) -> Path | None:
    """An empty directory that only the servers' user can enter, or None if no path is fit."""
    if sys.platform == "win32":
        return None
    short = Path(tempfile.gettempdir()) / f"course-{os.geteuid()}-{instance.key}"
    for directory in (instance.directory / "run", short):
        if len(os.fsencode(directory / LONGEST_NAME)) <= LONGEST and _make_private(directory):
            return directory
    return None


def _make_private(directory: Path) -> bool:
    """Make ``directory`` anew. False if it is someone else's or out of the servers' reach."""
    try:
        # Sockets of servers that were killed would be in the way of the next ones.
        if directory.exists() and _is_ours(directory):
            shutil.rmtree(directory)
        directory.mkdir(0o700)
        give_to_servers(directory)
    except OSError:
        return False
    return servers_can_enter(directory)


def _is_ours(directory: Path) -> bool:
    status = directory.lstat()
    account = server_account()
    owners = {os.geteuid(), account.uid if account else os.geteuid()}
    return stat.S_ISDIR(status.st_mode) and status.st_uid in owners


def free_port() -> int:
    """A TCP port that nobody listens on now. Someone may take it before we do: try again then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
