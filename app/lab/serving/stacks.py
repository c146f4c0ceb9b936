"""Sampled call stacks, from whichever profiler."""

import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeAlias

from app.lab.serving.failure import is_cell

LOOP_THREAD = "run_thread"
"""The function that the thread of a server's event loop runs."""
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib"))
_LAB = str(Path(__file__).parents[1])


PROCESS = "<process>"
"""The file of the frame that stands for a process, where several were recorded."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A function in a call stack."""

    name: str
    """Its qualified name where the profiler knows it."""
    file: str
    """The full path, or something in angle brackets that is no file."""
    line: int = 0
    """The first line of the function."""

    @property
    def package(self) -> str | None:
        """The library that it belongs to; ``None`` for the application's own code."""
        if is_cell(self.file):
            return None
        if self.file == PROCESS:
            return "python"
        if self.file.startswith("<built-in"):
            return f"{self.name} (built in)"
        if self.file.startswith("<"):
            return self.file.strip("<>").removeprefix("frozen ").partition(".")[0]
        if self.file.startswith(_LAB):
            return "the lab"
        for place in _LIBRARIES:
            if self.file.startswith(place):
                parts = PurePath(self.file).relative_to(place).parts
                return parts[0].removesuffix(".py")
        return None

    @property
    def is_part(self) -> bool:
        """Whether it is an expression of the function that it stands in, such as a generator."""
        name = self.name.rpartition(".")[2]
        return name.startswith("<") and name != "<module>"

    def __str__(self) -> str:
        place = "your cell" if is_cell(self.file) else PurePath(self.file).name
        return f"{self.name} ({place}:{self.line})"


Stack: TypeAlias = tuple[Frame, ...]
"""The outermost function first."""


def own_functions(stack: Stack) -> Stack:
    """The application's own functions, without expressions in them."""
    return tuple(frame for frame in stack if frame.package is None and not frame.is_part)


Samples: TypeAlias = "dict[Stack, float]"
"""How much each stack weighs: the number of its samples, or their seconds."""


def merged(parts: Iterable[Samples]) -> Samples:
    """All of them together."""
    total: Samples = {}
    for part in parts:
        for stack, weight in part.items():
            total[stack] = total.get(stack, 0) + weight
    return total


def of_event_loops(samples: Samples) -> Samples:
    """Only what the threads of event loops do: of the others, as many wait as there are."""
    return {stack: weight for stack, weight in samples.items() if _is_event_loop(stack)}


def of_application(samples: Samples) -> Samples:
    """What the event loops do, and whatever other threads do for the application; not those with
    which the lab controls the process."""
    return {
        stack: weight
        for stack, weight in samples.items()
        if _is_event_loop(stack) or any(frame.package is None for frame in stack)
    }


def _is_event_loop(stack: Stack) -> bool:
    return any(frame.name.endswith(LOOP_THREAD) for frame in stack)
