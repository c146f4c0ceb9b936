"""Where and when something was measured."""

import os
import platform
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psutil


@dataclass(frozen=True, slots=True)
class Machine:
    date: str
    cores: int
    processor: str
    memory_gb: int
    system: str

    @classmethod
    def this(cls) -> Self:
        return cls(
            f"{datetime.now(UTC):%d %B %Y}",
            core_count(),
            _processor(),
            round(psutil.virtual_memory().total / 1e9),
            f"{platform.system()} {platform.machine()}",
        )

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"{self.date}, {cores} ({self.processor}), {self.memory_gb} GB, {self.system}"


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def core_count() -> int:
    """How many cores this process may use."""
    if hasattr(psutil.Process, "cpu_affinity"):
        return len(psutil.Process().cpu_affinity())
    return os.cpu_count() or 1
