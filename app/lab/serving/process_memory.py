"""Peak memory of another process."""

import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

INTERVAL = 0.01
"""Seconds between two samples."""
_RESET_PEAK = "5"
"""Written to clear_refs to make Linux reset the high-water mark (proc_pid_clear_refs(5))."""


class PeakMemory:
    """A context manager. Afterwards ``bytes`` is the peak of resident memory in the meantime: the
    highest of a hundred samples per second and, on Linux, the system's own high-water mark."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)
        self._folder = Path(f"/proc/{pid}")
        self._has_mark = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._has_mark = self._reset_mark()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._has_mark:
            self.bytes = max(self.bytes, self._mark())

    def _sample(self) -> None:
        while True:
            self.bytes = max(self.bytes, resident(self._process))
            if self._over.wait(INTERVAL):
                return

    def _reset_mark(self) -> bool:
        """Whether the system keeps a high-water mark from now on."""
        if sys.platform != "linux":
            return False
        try:
            (self._folder / "clear_refs").write_text(_RESET_PEAK)
        except OSError:
            return False
        return True

    def _mark(self) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0


def resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)
