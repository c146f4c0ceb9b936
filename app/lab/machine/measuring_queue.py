"""A queue for the whole machine, so that one measurement at a time has it to itself.

Everyone who wants to measure holds a *ticket*: a file that is locked, named so that earlier ones
sort first. The one in front acquires the *turn*, a lock of its own. All locks are the operating
system's, which releases them when a process ends, however it ends.

All users of a machine share the queue, so its files are open to everyone. Whoever abuses that can
only delay others, which they can do by keeping the processors busy as well.
"""

import asyncio
import os
import platform
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time_ns
from uuid import uuid4

from filelock import lock_descriptor

from app.lab.display.notebook import Report
from app.lab.services.paths import NAME, state_home

SWITCH = "COURSE_QUEUE"
"""``off`` lets measurements run concurrently, as the project's own checks do. Anything else is the
directory of a queue of one's own."""
OFF = "off"
SHARED = Path("/tmp") / f"{NAME}-queue"
"""Not what ``TMPDIR`` says, which may be different for each user."""
_EVERYONE = 0o666
_LOOK_SECONDS = 0.2
_TURN = "turn"
_TICKETS = "*.ticket"


@asynccontextmanager
async def measuring_turn(report: Report) -> AsyncIterator[None]:
    """Wait until nobody else on this machine measures: first in, first out.

    ``report`` receives the place in the queue and the seconds waited. Where no lock can be had, it
    says so and does not wait. Cancellation leaves the queue.
    """
    if os.environ.get(SWITCH) == OFF:
        yield
        return
    held: list[_Locked] = []
    try:
        try:
            queue = _Queue(folder())
            held.append(queue.draw())
            held.append(await _wait(queue, held[0], report))
        except OSError as error:
            _say_unqueued(error)
        yield
    finally:
        for one in reversed(held):
            one.release()


def folder() -> Path:
    """The directory of this machine's queue; where none can be shared, that of the user's own."""
    if given := os.environ.get(SWITCH):
        return Path(given).absolute()
    if sys.platform != "win32" and _can_share(SHARED):
        return SHARED
    # Several machines may share a home directory.
    return state_home() / "queue" / (platform.node() or "this-machine")


def _can_share(directory: Path) -> bool:
    """Whether everyone can write to it. Creates it if necessary."""
    try:
        with suppress(FileExistsError):
            directory.mkdir()
            directory.chmod(0o777)
        found = directory.lstat()  # a link might lead into a directory of somebody's own
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_mode & 0o002 != 0


async def _wait(queue: "_Queue", ticket: "_Locked", report: Report) -> "_Locked":
    """The turn, once it is ours."""
    began = monotonic()
    while True:
        ahead = queue.ahead_of(ticket)
        if not ahead and (turn := _lock(queue.turn)):
            return turn
        report(
            f"Another measurement is running. Place {max(ahead, 1)} in the queue, "
            f"{monotonic() - began:.0f} s waited",
            0.0,
        )
        await asyncio.sleep(_LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class _Locked:
    """A file that this process holds the lock of."""

    path: Path
    descriptor: int

    def release(self) -> None:
        if self.path.name != _TURN:
            _remove(self.path)
        os.close(self.descriptor)


class _Queue:
    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self.turn = directory / _TURN

    def draw(self) -> _Locked:
        """A ticket at the end of the queue."""
        while True:
            # Never used twice, so that whoever removes a dead ticket cannot hit a later one.
            path = self._directory / f"{time_ns():020d}-{uuid4().hex}.ticket"
            ticket = _Locked(path, _create(path))
            try:
                lock_descriptor(ticket.descriptor)
            except OSError:
                ticket.release()
                raise
            if path.exists():
                return ticket
            # Someone took it for dead before it was locked.
            ticket.release()

    def ahead_of(self, ticket: _Locked) -> int:
        """How many hold earlier tickets. Those of processes that have ended are removed."""
        return sum(_is_held(path) for path in self._earlier(ticket))

    def _earlier(self, ticket: _Locked) -> Iterator[Path]:
        return (path for path in self._directory.glob(_TICKETS) if path.name < ticket.path.name)


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        if not lock_descriptor(descriptor, blocking=False):
            return True
        _remove(path)
    finally:
        os.close(descriptor)
    return False


def _lock(path: Path) -> _Locked | None:
    """The lock of a file that stays; ``None`` while somebody else holds it."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        try:
            descriptor = _create(path)
        except FileExistsError:
            return None  # until the next look
    try:
        if lock_descriptor(descriptor, blocking=False):
            return _Locked(path, descriptor)
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _create(path: Path) -> int:
    """A new file that everyone may open. Raises ``FileExistsError`` if there is one."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _EVERYONE)
    with suppress(OSError):
        path.chmod(_EVERYONE)  # whatever the umask
    return descriptor


def _remove(path: Path) -> None:
    with suppress(OSError):  # on Windows, while it is open
        path.unlink(missing_ok=True)


def _say_unqueued(error: OSError) -> None:
    print(
        f"This measurement does not queue: nothing can be locked in {folder()} "
        f"({error.strerror or error}). One that runs at the same time would disturb it.",
        file=sys.stderr,
    )
