"""Notices code that does not return, by what it does and not by the time that passes alone.

A busy machine makes everything slow: a request that gets on, however slowly, is waited for. Time
counts only while the watching thread itself gets to run, and not while the watched one waits for a
processor.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Protocol, TypeVar

from app.course.errors import CourseError
from app.lab.serving.failure import is_cell
from app.lab.serving.loop import ServingLoop
from app.lab.serving.position import (
    Position,
    frames_of_task,
    frames_of_thread,
    is_in_cell,
    is_thread_in_cell,
    position,
    threads_in_cells,
)
from app.lab.serving.runaways import RESTART, Runaway, interrupt, is_runaway, note_runaway
from app.lab.wire.ledger import Ledger, Record

TICK = 0.1
BLOCKED_SECONDS = 4.0
"""That one and the same call may block the event loop."""
IDLE_SECONDS = 5.0
"""That a request may stand at the same place while nothing comes in or goes out."""
LONGEST_SECONDS = 20.0
"""That a request may take which gets on or waits for PostgreSQL; many have each their share."""
_ABANDON_SECONDS = 1.0
_WORKERS = ("AnyIO worker thread", "asyncio_")

Found = TypeVar("Found")


class Unanswered(CourseError):
    """A request was given up because the code that is to answer it does not return."""

    title = "No response"

    def __init__(self, what: str, *, over: bool) -> None:
        """``what``: a sentence on the code. ``over``: whether it could be interrupted."""
        super().__init__(f"{what} {_fate(over)}")
        self.what, self.over = what, over


class Watch:
    """Looks at one server again and again, for as long as somebody waits for it."""

    def __init__(
        self,
        host: ServingLoop,
        ledger: Ledger,
        every: float,
        on_giving_up: Callable[[], None] | None = None,
    ) -> None:
        """``every``: about how many seconds there will be between two looks. ``on_giving_up`` is
        called before anything is interrupted."""
        self._host = host
        self._on_giving_up = on_giving_up or (lambda: None)
        self._longest_step = 2 * every
        self._ledger = ledger
        self._last = monotonic()
        self.seconds = 0.0
        """How long it has watched, as far as it got to run."""
        self._queued = _time_in_queue(host.thread)
        self._asked = threading.Event()
        self._answered = threading.Event()
        self._blocked = 0.0
        self._blocking: FrameType | None = None
        self._at: Position | None = None
        self._pictures: dict[Record, _Picture] = {}
        self._moved = False
        """Whether any request has got on between the last two looks."""
        self._still = 0.0

    def tick(self) -> None:
        """Look once more. Raises ``Unanswered``."""
        now = monotonic()
        seconds = min(now - self._last, self._longest_step)
        self._last = now
        self.seconds += seconds
        if self._asked.is_set() and not self._answered.is_set():
            self._count_blocked(seconds)
            return
        self._blocked, self._blocking = 0.0, None
        if self._asked.is_set():
            self._judge(seconds)
        self._asked.set()
        self._answered.clear()
        self._host.loop.call_soon_threadsafe(self._look)

    def settle(self) -> None:
        """``tick`` itself raises what it has to."""

    def abandon(self) -> None:
        """End the requests that still run, because nobody waits for them any more."""
        for task in [record.task for record in list(self._ledger.running) if record.task]:
            self._host.loop.call_soon_threadsafe(task.cancel)
        self._answered.clear()
        self._host.loop.call_soon_threadsafe(self._answered.set)
        if not self._answered.wait(_ABANDON_SECONDS):
            self._give_up_loop()

    def _look(self) -> None:
        """In the loop's thread: where every request stands."""
        before = self._pictures
        # One whose rows are counted is read at the pace of its reader, who may take any time.
        judged = [one for one in self._ledger.running if one.flow is None]
        self._pictures = {one: before.get(one, _Picture()) for one in judged}
        in_cell = cache(_frames_in_cell)
        changes = [picture.update(one, in_cell) for one, picture in self._pictures.items()]
        self._moved = any(changes) or self._pictures.keys() != before.keys()
        self._answered.set()

    def _count_blocked(self, seconds: float) -> None:
        queued = _time_in_queue(self._host.thread)
        seconds, self._queued = seconds - max(0.0, queued - self._queued), queued
        frames = frames_of_thread(self._host.thread.ident)
        if is_in_cell(frames) or self._at is None:
            self._at = position(frames)
        called = _called_by_loop(frames)
        if called is not self._blocking:
            # One call after the other is no standstill.
            self._blocked, self._blocking, self._at = 0.0, called, position(frames)
        self._blocked += max(0.0, seconds)
        if self._blocked >= BLOCKED_SECONDS:
            self._give_up_loop()

    def _judge(self, seconds: float) -> None:
        pictures = self._pictures.values()
        # Who stands still may be waiting for one who gets on.
        self._still = 0.0 if self._moved else self._still + seconds
        for picture in pictures:
            picture.age += seconds / len(pictures)
            if picture.age >= LONGEST_SECONDS:
                self._give_up_requests(picture, f"still runs after {picture.age:.0f} s, at")
        waits_for_sql = any(picture.waits_for_sql for picture in pictures)
        if pictures and self._still >= (LONGEST_SECONDS if waits_for_sql else IDLE_SECONDS):
            shown = max(pictures, key=lambda picture: picture.in_cell)
            self._give_up_requests(shown, f"has stood still for {self._still:.0f} s, at")

    def _give_up_loop(self) -> None:
        thread, answered = self._host.thread, self._answered
        at, self._blocking = self._at or position(frames_of_thread(thread.ident)), None
        self._on_giving_up()
        over = interrupt([thread], answered.is_set)
        if not over:
            self._host.blocked = True
            note_runaway(Runaway(_name(at), lambda: not answered.is_set(), (thread,)))
        raise Unanswered(
            f"{_name(at)} does not return and blocks the event loop, so nothing else is answered. "
            f"It stood at {at}.",
            over=over,
        )

    def _give_up_requests(self, overdue: "_Picture", verb: str) -> None:
        """Give all requests up, and say about the ``overdue`` one where it is."""
        ledger, records = self._ledger, set(self._pictures)
        at, threads = overdue.at, list[threading.Thread]()
        if not overdue.in_cell:
            # A def endpoint, whose task waits for a thread.
            standing = [one for one in threads_in_cells(*_WORKERS) if not is_runaway(one[0])]
            threads = [thread for thread, _ in standing]
            at = position(standing[0][1]) if standing else at
        self._on_giving_up()
        for task in [record.task for record in records if record.task is not None]:
            self._host.loop.call_soon_threadsafe(task.cancel)

        def runs() -> bool:
            return bool(ledger.running & records) or any(is_thread_in_cell(one) for one in threads)

        over = interrupt(threads, lambda: not runs())
        if not over:
            note_runaway(Runaway(_name(at), runs, tuple(threads)))
        raise Unanswered(f"{_name(at)} does not return: it {verb} {at}.", over=over)


class _Picture:
    """Where a request stood when it was looked at last."""

    def __init__(self) -> None:
        self.at: Position | None = None
        self.in_cell = False
        self.waits_for_sql = False
        self.age = 0.0
        """Its share of the time since it was first seen, in seconds."""
        self._place: tuple[object, ...] = ()

    def update(self, record: Record, in_cell: Callable[[], list[FrameType]]) -> bool:
        """Look again, in the loop's thread. True if the request has got on.

        ``in_cell``: where a task of any request stands in a cell.
        """
        frames = _frames_of(record, in_cell)
        cells = [frame for frame in frames if is_cell(frame.f_code.co_filename)]
        place = (
            # A line that is executed again and again is no progress, unless something comes of it.
            *((frame.f_code, frame.f_lineno) for frame in cells),
            *((id(frame), frame.f_lasti) for frame in frames if not cells),
            record.statements,
            record.sql_bytes,
            record.redis_commands,
            record.response_bytes,
        )
        if place == self._place:
            return False
        self._place, self.at, self.in_cell = place, position(frames), bool(cells)
        self.waits_for_sql = any(_module(frame).startswith("asyncpg.") for frame in frames)
        return True


def _frames_of(record: Record, in_cell: Callable[[], list[FrameType]]) -> list[FrameType]:
    """Where the request's task stands, or another one in a cell, as some middleware starts them."""
    if record.task is None:
        return []
    own = frames_of_task(record.task)
    return own if is_in_cell(own) else in_cell() or own


def _frames_in_cell() -> list[FrameType]:
    """Where the first task that stands in a cell does; empty if none does. It looks at every task
    of the loop, so once for all requests."""
    found = (frames_of_task(task) for task in asyncio.all_tasks())
    return next(filter(is_in_cell, found), [])


class Watching(Protocol):
    """One who looks again and again, such as a ``Watch``."""

    def tick(self) -> None:
        """Look once more. Raises ``Unanswered``."""

    def settle(self) -> None:
        """Raises ``Unanswered`` if the response that has come is that of interrupted code."""

    def abandon(self) -> None:
        """End the requests that still run, because nobody waits for them any more."""


class Watchable(Protocol):
    """What can be watched: a server, for one."""

    def watch(self, every: float) -> Watching: ...


async def watched(
    hosts: Iterable[Watchable], work: Awaitable[Found], *, every: float = TICK
) -> Found:
    """What ``work`` returns. Raises ``Unanswered`` where a host never will answer it.

    They are looked at ``every`` so many seconds.
    """
    watches = [host.watch(every) for host in hosts]
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=every)
            for watch in [] if task.done() else watches:
                watch.tick()
        for watch in watches:
            await asyncio.to_thread(watch.settle)
        return task.result()
    except Unanswered:
        raise
    except CourseError:
        for watch in watches:
            with suppress(Unanswered):
                watch.abandon()
        raise
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_ABANDON_SECONDS)


def _called_by_loop(frames: list[FrameType]) -> FrameType | None:
    """The outermost frame of what the loop is calling."""
    codes = [frame.f_code for frame in frames]
    run = ServingLoop.run_thread.__code__
    called = frames[codes.index(run) + 1 :] if run in codes else []
    # uvloop has no frames, asyncio's own loop has some.
    return next((frame for frame in called if not _module(frame).startswith("asyncio.")), None)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))


def _name(at: Position | None) -> str:
    return "The application" if at is None else f"`{at.function}`"


def _fate(over: bool) -> str:
    if over:
        return "It was interrupted: correct it and run its cell again."
    return f"It cannot be interrupted, and every measurement beside it would be wrong. {RESTART}"


def _time_in_queue(thread: threading.Thread) -> float:
    """Seconds that a thread was ready to run and another one ran; 0 where nobody counts them."""
    try:
        text = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_bytes()
    except OSError:
        return 0.0
    return int(text.split()[1]) / 1e9
