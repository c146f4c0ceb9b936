"""Keeps the machine busy with other work."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# It exits with its parent, however that exits.
_SPIN = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    pass
"""


@contextmanager
def busy_machine() -> Iterator[None]:
    """Run one CPU-bound process per core."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            stack.callback(
                _kill, subprocess.Popen([sys.executable, "-c", _SPIN], stdin=subprocess.PIPE)
            )
        yield


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
