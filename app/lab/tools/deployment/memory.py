"""What each process of a deployment takes: its own memory, and what it shares with others."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from app.lab.load.clocks import LINUX


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. ``own`` would be free again without the process."""

    own: int
    shared: int


def memory_of(process: psutil.Process) -> Memory:
    """All of it counts as its own where the system keeps to itself what is shared, as macOS does.

    Raises ``psutil.Error`` for a process that has ended.
    """
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        return Memory(own=process.memory_info().rss, shared=0)
    return Memory(own=full.uss, shared=max(0, full.rss - full.uss))


def memory_together(processes: Iterable[psutil.Process]) -> int:
    """Bytes that they take together. On Linux, what several of them share counts once."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_full_info().pss if LINUX else process.memory_info().rss
    return total
