"""Runs a server in a group of processes of its own, and ends the whole group when stdin ends.

``python -m app.lab.frameworks.keeper COMMAND…``. So the server dies with whoever started it, even
where that one is killed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

import psutil


def main(*command: str) -> int:
    server = _start(command)
    threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
    code = server.wait()
    end_group(server)
    return code


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    nothing = subprocess.DEVNULL  # what we have as stdout nobody reads
    if sys.platform == "win32":
        return subprocess.Popen(command, stdin=nothing, stdout=nothing)
    return subprocess.Popen(command, stdin=nothing, stdout=nothing, process_group=0)


def _end_with_stdin(server: "subprocess.Popen[bytes]") -> None:
    # Not sys.stdin: it is locked while it is read, and the interpreter could not end then.
    while os.read(0, 4096):
        pass
    end_group(server)


def end_group(server: "subprocess.Popen[bytes]") -> None:
    """At once: nothing that these servers hold needs saving."""
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
