"""Something else that keeps the machine busy."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# It ends with its parent, however that ends.
_SPIN = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    pass
"""


@contextmanager
def busy_machine() -> Iterator[None]:
    """As many processes as the machine has cores, each of which wants one for itself."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            stack.callback(
                _end, subprocess.Popen([sys.executable, "-c", _SPIN], stdin=subprocess.PIPE)
            )
        yield


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
