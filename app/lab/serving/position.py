"""Where a thread or a suspended task stands, in the learner's code if it is there."""

import asyncio
import gc
import linecache
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from app.lab.serving.failure import is_cell

_AWAITED = ("cr_await", "ag_await", "gi_yieldfrom")
_FRAME = ("cr_frame", "ag_frame", "gi_frame")


@dataclass(frozen=True, slots=True)
class Position:
    """A line of code that is being executed."""

    function: str
    line: int
    file: str
    text: str

    def __str__(self) -> str:
        where = f"line {self.line} of your cell" if is_cell(self.file) else self._elsewhere()
        return f"{where}: `{self.text}`" if self.text else where

    def _elsewhere(self) -> str:
        return f"line {self.line} of {Path(self.file).name}"


def frames_of_thread(identifier: int | None) -> list[FrameType]:
    """The frames of a thread, the outermost first; none for one that has ended."""
    frames = []
    frame = sys._current_frames().get(identifier or 0)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]


def frames_of_task(task: "asyncio.Task[Any]") -> list[FrameType]:
    """The frames of a suspended task, the outermost first. For the thread of its loop."""
    return [frame for one in _awaited(task.get_coro()) if (frame := _frame(one)) is not None]


def is_in_cell(frames: Sequence[FrameType]) -> bool:
    """Whether one of them executes code of a notebook's cell."""
    return any(is_cell(frame.f_code.co_filename) for frame in frames)


def position(frames: Sequence[FrameType]) -> Position | None:
    """The innermost line of a cell, or else of anything."""
    chosen = [frame for frame in frames if is_cell(frame.f_code.co_filename)] or frames
    if not chosen:
        return None
    frame = chosen[-1]
    # A frame seen from another thread may be between two lines.
    file, line = frame.f_code.co_filename, frame.f_lineno or 0
    return Position(frame.f_code.co_name, line, file, linecache.getline(file, line).strip())


def threads_in_cells(*names: str) -> Iterator[tuple[threading.Thread, list[FrameType]]]:
    """The threads whose names begin so and that execute code of a cell, with their frames."""
    for thread in threading.enumerate():
        if thread.name.startswith(names):
            frames = frames_of_thread(thread.ident)
            if is_in_cell(frames):
                yield thread, frames


def is_thread_in_cell(thread: threading.Thread) -> bool:
    return is_in_cell(frames_of_thread(thread.ident))


def _awaited(coroutine: Any) -> Iterator[Any]:
    """A coroutine, what it awaits, what that awaits, and so on."""
    while coroutine is not None:
        yield coroutine
        coroutine = _next(coroutine)


def _next(awaiting: Any) -> Any:
    for name in _AWAITED:
        if hasattr(awaiting, name):
            return getattr(awaiting, name)
    if type(awaiting).__name__ in ("async_generator_asend", "async_generator_athrow"):
        # They do not say in Python which generator they advance.
        return next((one for one in gc.get_referents(awaiting) if hasattr(one, "ag_await")), None)
    return None


def _frame(awaiting: Any) -> FrameType | None:
    found = next((getattr(awaiting, name) for name in _FRAME if hasattr(awaiting, name)), None)
    return found if isinstance(found, FrameType) else None
