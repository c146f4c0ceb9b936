"""wrk, where it is installed: whether another generator sees the same."""

import re
import shutil
import subprocess

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


def wrk_rps(url: str, *, connections: int, seconds: int) -> float | None:
    """Requests per second that one thread of wrk reaches; ``None`` without wrk. Blocking."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return None
    # In this process's own session: Linux shares the processors out among sessions.
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", url]
    try:
        said = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=seconds + 30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _RATE.search(said.stdout)
    return float(found[1]) if found else None
