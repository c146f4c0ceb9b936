"""Pins processes to cores, where the system can."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress

import psutil

from app.lab.load.clocks import LINUX


def usable_cores() -> Sequence[int] | None:
    """The cores that this process may use; ``None`` where the system cannot say."""
    if not hasattr(psutil.Process, "cpu_affinity"):
        return None
    cores: list[int] = psutil.Process().cpu_affinity()
    return sorted(cores)


def last_cores(number: int | None) -> Sequence[int] | None:
    """As many of them; ``None`` for all, and where the system cannot say."""
    cores = usable_cores()
    return None if number is None or cores is None else cores[-max(number, 1) :]


def pin(processes: Iterable[psutil.Process], cores: Sequence[int]) -> None:
    """Pins all threads of these processes. What they start later inherits it."""
    for process in processes:
        with suppress(OSError, psutil.Error):
            if LINUX:
                # Affinity is per thread; future threads inherit it.
                for thread in process.threads():
                    os.sched_setaffinity(thread.id, cores)
            else:
                process.cpu_affinity(list(cores))
