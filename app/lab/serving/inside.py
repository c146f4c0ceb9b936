"""Samples an event loop from inside its process, with pyinstrument, where py-spy is refused.

Not with a thread that looks at the stacks of the others, as the shop's own profiler does: code in C
that keeps the interpreter lock, such as a regular expression, would stop that thread, too, and the
sample would be of whatever comes next. Pyinstrument looks when a function is called or returns.
Of several requests it cannot say which one it sees, so it is used for a whole event loop, and
without its tracking of ``await``.
"""

from collections.abc import Sequence

from pyinstrument import Profiler

from app.lab.serving.stacks import Frame, Samples, Stack

INTERVAL = 0.002
"""Seconds between samples."""
WAITING = frozenset(
    ("sleep", "select", "poll", "epoll.poll", "kqueue.control", "recv", "lock.acquire", "acquire")
)
"""Functions in C in which a thread does nothing."""


class InsideSampler:
    """Starts and stops in the thread that it samples."""

    def __init__(self) -> None:
        self._profiler = Profiler(interval=INTERVAL, async_mode="disabled")

    def start(self) -> None:
        self._profiler.start()

    def stop(self) -> Samples:
        """The seconds of each stack since ``start``."""
        session = self._profiler.stop()
        samples: Samples = {}
        for identifiers, seconds in session.frame_records:
            stack = _stack(identifiers)
            samples[stack] = samples.get(stack, 0) + seconds
        return samples


def without_waiting(samples: Samples) -> Samples:
    """Only samples in which the thread ran, as far as that can be known from inside."""
    return {
        stack: weight
        for stack, weight in samples.items()
        if not stack or stack[-1].name not in WAITING
    }


def _stack(identifiers: Sequence[str]) -> Stack:
    """Frames of pyinstrument's: name, file and line separated by NUL, then attributes."""
    frames = []
    for identifier in identifiers:
        name, file, line = identifier.partition("\x01")[0].split("\0")
        if file != "<thread>":
            frames.append(Frame(name, file, int(line)))
    return tuple(frames)
