"""wrk, if it is installed, to check the load generator against another."""

import re
import shutil
import subprocess

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


def wrk_rps(url: str, *, connections: int, seconds: int) -> float | None:
    """Requests per second with one thread of wrk; ``None`` if it is not installed. Blocking."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return None
    # In this process's own session, because Linux divides CPU time among sessions.
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", url]
    try:
        completed = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=seconds + 30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    rate = _RATE.search(completed.stdout)
    return float(rate[1]) if rate else None
