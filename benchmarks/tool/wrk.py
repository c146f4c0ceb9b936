"""Runs wrk, an independent load generator, for comparison."""

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
    """Run wrk with one thread; blocking. It accepts only whole seconds.

    Raises ``FileNotFoundError`` if it is not installed.
    """
    before = _children_cpu()
    # In this process's own session, because Linux divides CPU time among sessions.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    output = subprocess.run(command, check=True, capture_output=True).stdout
    rate, count = _RATE.search(output), _COUNT.search(output)
    if not (rate and count):
        raise RuntimeError(f"wrk printed {output!r}")
    return WrkWindow(float(rate[1]), (_children_cpu() - before) / int(count[1]))


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
