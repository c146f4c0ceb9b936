"""A sampling profiler for one request on the event loop."""

import asyncio
import sys
import sysconfig
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine, Generator
from itertools import islice
from time import perf_counter
from types import FrameType
from typing import Any

INTERVAL = 0.001
"""Seconds between samples."""
MAX_PLACES = 10
"""Functions listed in a summary."""
_LIBRARIES = ("<frozen", *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))


class Profile:
    """Measures every step of one request's tasks, and samples their stacks from a thread.

    A step is the time from resuming a task until it suspends again. Between steps the event loop
    runs other tasks, which are not sampled. Work in callbacks of the event loop, such as a driver's
    parsing, and in threads is not part of a step: it counts as ``waiting``.
    """

    def __init__(self, place: Callable[[FrameType], str] | None = None) -> None:
        """``place`` names what a sample is attributed to, from the running frame; by default the
        function, preceded by its innermost caller outside of libraries."""
        self._place = place or _place
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._factory = self._loop.get_task_factory()
        self._stopped = threading.Event()
        self._depth = 0
        self._running = self._stepped = self._ended = 0.0
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._began = perf_counter()

    def start(self) -> None:
        self._loop.set_task_factory(self._make_task)
        threading.Thread(target=self._sample, name="profile", daemon=True).start()

    def stop(self) -> None:
        if not self._stopped.is_set():
            self._stopped.set()
            self._ended = perf_counter()
            if self._depth:
                self._running += self._ended - self._stepped
            self._loop.set_task_factory(self._factory)

    def __enter__(self) -> None:
        if not self._depth:
            self._stepped = perf_counter()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth and not self._stopped.is_set():
            self._running += perf_counter() - self._stepped

    @property
    def waiting(self) -> float:
        """Seconds between steps, until ``stop``."""
        return self._ended - self._began - self._running

    def by_place(self) -> dict[str, float]:
        """The seconds of all steps by place, longest first, in proportion to their samples."""
        sampled = dict(self._seconds)
        scale = self._running / (sum(sampled.values()) or 1)
        longest_first = sorted(sampled, key=lambda place: -sampled[place])
        return {place: sampled[place] * scale for place in longest_first}

    def summary(self) -> bytes:
        """The value of a ``Server-Timing`` header."""
        total = self._running + self.waiting
        figures = {"total": total, "running": self._running, "waiting": self.waiting}
        entries = [f"{name};dur={seconds * 1e3:.1f}" for name, seconds in figures.items()]
        for number, (place, seconds) in enumerate(islice(self.by_place().items(), MAX_PLACES), 1):
            entries.append(f'p{number};dur={seconds * 1e3:.1f};desc="{place}"')
        return ", ".join(entries).encode("ascii", "replace")

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Future[Any]:
        steps = Steps(coroutine, self) if self._depth else coroutine
        if self._factory is None:
            return asyncio.Task(steps, loop=loop, **options)
        return self._factory(loop, steps, **options)

    def _sample(self) -> None:
        last = self._began
        while not self._stopped.wait(INTERVAL):
            stepped, frame = self._stepped, sys._current_frames().get(self._loop_thread)
            now = perf_counter()
            # Discard the sample if the step has ended meanwhile.
            if frame and self._depth and self._stepped == stepped:
                self._seconds[self._place(frame)] += now - max(last, stepped)
            last = now


class Steps(Generator[Any, Any, Any], Coroutine[Any, Any, Any]):
    """A coroutine that measures each of its steps."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], profile: Profile) -> None:
        self._coroutine, self._profile = coroutine, profile

    def send(self, value: Any) -> Any:
        with self._profile:
            return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:
        with self._profile:
            return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self


def _place(frame: FrameType) -> str:
    """The running function, preceded by its innermost caller outside of libraries."""
    own: FrameType | None = frame
    while own and own.f_code.co_filename.startswith(_LIBRARIES):
        own = own.f_back
    inner = _name(frame)
    return inner if own is None or own is frame else f"{_name(own)} > {inner}"


def _name(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"
