"""An exception in a learner's code, in a sentence."""

import linecache
import re
from asyncio import CancelledError
from traceback import walk_tb

from asyncpg import InterfaceError

from app.lab.wire.loop_guard import ForeignLoop

_LONGEST = 200
_OF_SQLALCHEMY = re.compile(r"^\(sqlalchemy[\w.]+\) (<class '[\w.]+'>: )?")
"""What it puts before the driver's words."""
_OF_ANOTHER_LOOP = ("different loop", "different event loop")
"""What asyncio says of futures and locks, in several wordings."""


def describe(error: BaseException) -> str:
    """An exception in a sentence, with the line of the learner's cell that raised it."""
    reason = explanation(error) or _first_line(error)
    text = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    cells = [
        (frame.f_code.co_filename, number)
        for frame, number in walk_tb(error.__traceback__)
        if is_cell(frame.f_code.co_filename)
    ]
    if not cells:
        return text
    filename, number = cells[-1]
    return f"{text} (line {number} of your cell: {linecache.getline(filename, number).strip()})"


def is_cell(filename: str) -> bool:
    """Whether code that is said to come from ``filename`` was written in a notebook's cell."""
    return "ipykernel" in filename or filename.startswith("<cell")


def explanation(error: BaseException) -> str | None:
    """What to do about an error whose own words do not help."""
    text = str(error)
    if isinstance(error, ForeignLoop):
        return text
    if ForeignLoop.raised and isinstance(error, InterfaceError) and "is closed" in text:
        return (
            f"{text}. It may be one that was used before and in another event loop: {ForeignLoop()}"
        )
    if isinstance(error, RuntimeError | ValueError) and any(of in text for of in _OF_ANOTHER_LOOP):
        return (
            "something that belongs to another event loop is used here. The server has one, and "
            "the notebook's cells have another. Create clients, locks and tasks inside the "
            "function that uses them, or let only the server use them."
        )
    if isinstance(error, CancelledError):
        return "a task was cancelled, as all tasks of a server are when it stops."
    return None


def _first_line(error: BaseException) -> str:
    line = str(error).strip().partition("\n")[0].partition(" (Background on")[0]
    return _OF_SQLALCHEMY.sub("", line)[:_LONGEST]
