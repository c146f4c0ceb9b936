"""One request's steps on the event loop: how long they take, and where they are."""

import asyncio
import sys
import sysconfig
import threading
from collections import defaultdict
from collections.abc import Coroutine, Generator
from time import perf_counter
from types import FrameType
from typing import Any

INTERVAL = 0.001
"""Seconds from one look to the next."""
MOST = 10
"""Places that are named at most."""
_LIBRARIES = ("<frozen", *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))


class Profile:
    """Measures each step of one request's tasks, and looks from a thread at where they are.

    Between two steps the event loop runs others, which are not looked at. Work in callbacks of the
    loop, such as a driver's parsing, and in threads belongs to no step: it is in ``waiting``.
    """

    def __init__(self) -> None:
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
        threading.Thread(target=self._look, name="profile", daemon=True).start()

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

    def summary(self) -> bytes:
        """The value of a ``Server-Timing`` header. The places share ``running`` as seen."""
        seen = sorted(dict(self._seconds).items(), key=lambda place: -place[1])[:MOST]
        scale = self._running / (sum(self._seconds.values()) or 1)
        total = self._ended - self._began
        figures = {"total": total, "running": self._running, "waiting": total - self._running}
        entries = [f"{name};dur={seconds * 1e3:.1f}" for name, seconds in figures.items()]
        for number, (place, seconds) in enumerate(seen, 1):
            entries.append(f'p{number};dur={seconds * scale * 1e3:.1f};desc="{place}"')
        return ", ".join(entries).encode("ascii", "replace")

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Future[Any]:
        steps = Steps(coroutine, self) if self._depth else coroutine
        if self._factory is None:
            return asyncio.Task(steps, loop=loop, **options)
        return self._factory(loop, steps, **options)

    def _look(self) -> None:
        last = self._began
        while not self._stopped.wait(INTERVAL):
            stepped, frame = self._stepped, sys._current_frames().get(self._loop_thread)
            now = perf_counter()
            # The step may have ended between the two.
            if frame and self._depth and self._stepped == stepped:
                self._seconds[_place(frame)] += now - max(last, stepped)
            last = now


class Steps(Generator[Any, Any, Any], Coroutine[Any, Any, Any]):
    """A coroutine whose every step is measured."""

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
    """The function that runs, and the one of the shop's own that it runs for."""
    ours: FrameType | None = frame
    while ours and ours.f_code.co_filename.startswith(_LIBRARIES):
        ours = ours.f_back
    inner = _name(frame)
    return inner if ours is None or ours is frame else f"{_name(ours)} > {inner}"


def _name(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"
