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
    """Raises ``psutil.Error`` for a process that has ended, or that may not be looked into."""
    full = process.memory_full_info()
    return Memory(own=full.uss, shared=max(0, full.rss - full.uss))


def memory_together(processes: Iterable[psutil.Process]) -> int:
    """Bytes that they take together. On Linux, what several of them share counts once."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            full = process.memory_full_info()
            total += full.pss if LINUX else full.rss
    return total
