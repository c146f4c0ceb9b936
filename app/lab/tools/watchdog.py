"""Runs a server in its own process group, and kills the whole group at the end of stdin.

``python -m app.lab.tools.watchdog COMMAND…``. This way the server never outlives the
process that started it, even if that one is killed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil

import app


def main(*command: str) -> int:
    server = _start(command)
    threading.Thread(target=_kill_at_end_of_stdin, args=(server,), daemon=True).start()
    code = server.wait()
    kill_group(server)
    return code


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    null = subprocess.DEVNULL  # our stdout is a pipe that is not read
    # Uvicorn and Gunicorn look for modules in the current directory first, and beside a notebook
    # there may be others of the same name.
    root = Path(next(iter(app.__path__))).parent
    if sys.platform == "win32":
        return subprocess.Popen(command, stdin=null, stdout=null, cwd=root)
    return subprocess.Popen(command, stdin=null, stdout=null, cwd=root, process_group=0)


def _kill_at_end_of_stdin(server: "subprocess.Popen[bytes]") -> None:
    # Not sys.stdin, which is locked while it is being read: the interpreter could not exit.
    while os.read(0, 4096):
        pass
    kill_group(server)


def kill_group(server: "subprocess.Popen[bytes]") -> None:
    """Without a graceful shutdown, because these servers have nothing to save."""
    if sys.platform == "win32":
        with contextlib.suppress(psutil.Error):
            for process in psutil.Process(server.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    process.kill()
        server.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
