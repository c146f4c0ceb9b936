"""Code of a cell that goes on running although nobody waits for it any more."""

import ctypes
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.course.errors import CourseError

RESTART = "Restart the kernel (Kernel → Restart Kernel…) and run the cells again."
_STOP_SECONDS = 1.5
_AGAIN_SECONDS = 0.1


class Interrupted(BaseException):
    """Raised in a thread whose code does not return. No ``except Exception`` holds it up."""


class StillRunning(CourseError):
    """Something from an earlier cell still runs, so that nothing can be measured."""

    title = "An endpoint still runs"


@dataclass(frozen=True, slots=True)
class Runaway:
    """Something that could not be stopped."""

    what: str
    """The name of its function."""
    runs: Callable[[], bool]
    """Whether it still runs."""
    threads: tuple[threading.Thread, ...] = ()
    """Those that it keeps."""


_found: list[Runaway] = []


def note_runaway(runaway: Runaway) -> None:
    """Refuse measurements from now on, until it has ended."""
    _found.append(runaway)


def is_runaway(thread: threading.Thread) -> bool:
    """Whether something that could not be stopped keeps this thread."""
    return any(thread in runaway.threads for runaway in _found if runaway.runs())


def refuse_beside_runaways() -> None:
    """Raises ``StillRunning`` while something runs that an earlier cell has started."""
    _found[:] = [runaway for runaway in _found if runaway.runs()]
    if _found:
        raise StillRunning(
            f"{_found[0].what} still runs since an earlier cell and cannot be interrupted, so "
            f"every measurement would be wrong. {RESTART}"
        )


def interrupt(threads: Sequence[threading.Thread], is_over: Callable[[], bool]) -> bool:
    """Raise ``Interrupted`` in the threads until ``is_over``; blocks for a moment.

    False where it is not over: their code catches everything, or waits in a call that is not
    Python. Then the exception is raised once it returns.
    """
    for _ in range(round(_STOP_SECONDS / _AGAIN_SECONDS)):
        if is_over():
            break
        for thread in threads:
            _raise_in(thread, Interrupted)
        time.sleep(_AGAIN_SECONDS)
    if not is_over():
        return False
    for thread in threads:
        _raise_in(thread, None)  # what has not been raised yet would hit something else
    return True


def _raise_in(thread: threading.Thread, kind: type[BaseException] | None) -> None:
    raised = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), raised)
