"""The most memory that another process has at once."""

import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

INTERVAL = 0.01
"""Seconds from one look to the next."""
_FROM_NOW = "5"
"""What Linux is told to forget the highest value so far (proc_pid_clear_refs(5))."""


class Peak:
    """A context manager. Afterwards ``bytes`` is the most that was resident meanwhile: of what was
    seen a hundred times a second, or of all where Linux keeps count."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)
        self._folder = Path(f"/proc/{pid}")
        self._counted = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._counted = self._forget()
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
        if self._counted:
            self.bytes = max(self.bytes, self._highest())

    def _look(self) -> None:
        while True:
            self.bytes = max(self.bytes, resident(self._process))
            if self._over.wait(INTERVAL):
                return

    def _forget(self) -> bool:
        """Whether the system counts from now on."""
        if sys.platform != "linux":
            return False
        try:
            (self._folder / "clear_refs").write_text(_FROM_NOW)
        except OSError:
            return False
        return True

    def _highest(self) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0


def resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)
