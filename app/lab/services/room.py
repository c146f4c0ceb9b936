"""Whether the disk has room for what PostgreSQL is about to write."""

import shutil
from pathlib import Path

from app.lab.services.errors import ServicesError

MB = 1_000_000

COPY = 85 * MB
"""The template database, and each copy of it."""
LOG = 150 * MB
"""The write-ahead log, at its longest."""
EMPTY = 30 * MB
"""A new server without the course's data."""

FIRST_START = EMPTY + LOG + 2 * COPY
"""A new server with the template and a copy of it."""
NEXT_COPY = COPY + 20 * MB
"""One more copy, on a server whose log is about as long as it gets."""
NEXT_RESERVE = 3 * COPY
"""Below this, no copy is made in advance."""


class NoRoom(ServicesError):
    """The disk is too full."""


def require_room(directory: Path, needed: int, purpose: str) -> None:
    """Raise ``NoRoom`` if fewer than ``needed`` bytes are free on the disk of ``directory``."""
    free = free_bytes(directory)
    if free < needed:
        raise NoRoom(
            f"{purpose} needs {_megabytes(needed)}, and the disk with {directory} has only "
            f"{_megabytes(free)} left. Free some space, or set COURSE_HOME to a directory on "
            "another disk."
        )


def free_bytes(directory: Path) -> int:
    """Free for this user, on the disk of ``directory`` or of the closest parent that exists."""
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return shutil.disk_usage(directory).free


def _megabytes(size: int) -> str:
    return f"{size / MB:,.0f} MB"
