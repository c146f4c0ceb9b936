"""An exception in a learner's code, in a sentence."""

import linecache
import re
from asyncio import CancelledError
from traceback import walk_tb

from asyncpg import InterfaceError
from fastapi.exceptions import ResponseValidationError, ValidationException
from pydantic import ValidationError

from app.lab.display.validation import validation_errors
from app.lab.wire.loop_guard import ForeignLoop

_LONGEST = 200
_OF_SQLALCHEMY = re.compile(r"^\(sqlalchemy[\w.]+\) (<class '[\w.]+'>: )?")
"""Its prefix to the driver's message."""
_OF_ANOTHER_LOOP = ("different loop", "different event loop")
"""What asyncio says of futures and locks, in several wordings."""


def describe(error: BaseException) -> str:
    """An exception in a sentence, with the line of the learner's cell that raised it."""
    error = _unwrapped(error)
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
    line = linecache.getline(filename, number or 0).strip()
    return f"{text} (line {number} of your cell{f': `{line}`' if line else ''})"


def is_cell(filename: str) -> bool:
    """Whether code with this ``filename`` was written in a notebook's cell."""
    # In a worker process the code of a cell has the last of these, from cloudpickle.
    return "ipykernel" in filename or filename.startswith("<cell") or filename == "<dynamic-code>"


def explanation(error: BaseException) -> str | None:
    """What to do about an error whose own message does not help."""
    if isinstance(error, ValidationException | ValidationError):
        # Its text begins with a count, and the fields follow on lines of their own.
        return _of_a_model(error)
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


def _of_a_model(error: ValidationException | ValidationError) -> str:
    """Which fields of which model or endpoint are invalid."""
    if isinstance(error, ValidationError):
        return f"{error.title}: {validation_errors(error.errors(include_url=False))}"
    text = validation_errors(error.errors())
    return f"{text}, in what `{error.endpoint_function}` returned" if _returned(error) else text


def _returned(error: ValidationException) -> bool:
    return isinstance(error, ResponseValidationError) and bool(error.endpoint_function)


def _unwrapped(error: BaseException) -> BaseException:
    """The exception itself, where task groups have wrapped it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _first_line(error: BaseException) -> str:
    line = str(error).strip().partition("\n")[0].partition(" (Background on")[0]
    return _OF_SQLALCHEMY.sub("", line)[:_LONGEST]
