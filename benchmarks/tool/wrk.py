"""Debian's wrk: the second opinion."""

import re
import resource
import subprocess
from dataclasses import dataclass

_RATE = re.compile(rb"Requests/sec:\s+([\d.]+)")
_COUNT = re.compile(rb"(\d+) requests in")


@dataclass(frozen=True, slots=True)
class WrkWindow:
    rps: float
    cpu_per_request: float
    """Seconds."""


def run_wrk(url: str, *, connections: int, seconds: int) -> WrkWindow:
    """One run of one thread; blocking. wrk takes whole seconds only.

    Raises ``FileNotFoundError`` where it is not installed.
    """
    before = _children_cpu()
    # In this process's own session: Linux shares the processors out among sessions.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    output = subprocess.run(command, check=True, capture_output=True).stdout
    rate, count = _RATE.search(output), _COUNT.search(output)
    if not (rate and count):
        raise RuntimeError(f"wrk said {output!r}")
    return WrkWindow(float(rate[1]), (_children_cpu() - before) / int(count[1]))


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
