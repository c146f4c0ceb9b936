"""A timer of an event loop that is precise enough to simulate a network."""

import asyncio
import ctypes
import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, Protocol


class Alarm(Protocol):
    """Rings once, at the time that it was set to last."""

    def set(self, when: float) -> None:
        """Ring at ``when``, in seconds of ``time.monotonic``."""

    def close(self) -> None:
        """Never ring again."""


def alarm(loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> Alarm:
    """The most precise alarm that this system has. It calls ``ring`` in ``loop``."""
    if sys.platform == "linux":
        with suppress(OSError):
            return TimerfdAlarm(loop, ring)
    return LoopAlarm(loop, ring)


class LoopAlarm:
    """A timer of the event loop. Loops count whole milliseconds, so it rings up to one late."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    def set(self, when: float) -> None:
        self.close()
        # Rounded up: a timer that rings early is set again, over and over until the time has come.
        seconds = math.ceil(max(0.0, when - time.monotonic()) * 1e3) / 1e3
        self._timer = self._loop.call_later(seconds, self._ring)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class TimerfdAlarm:
    """A timer of the Linux kernel that an event loop watches as it watches a socket.

    It rings within about 0.1 ms, for the same processor time as a timer of the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._libc = _libc()
        self._timer = _TimerSpec()
        self._pointer = ctypes.byref(self._timer)
        self._descriptor: int = self._libc.timerfd_create(time.CLOCK_MONOTONIC, _FLAGS)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        loop.add_reader(self._descriptor, self._read)

    def set(self, when: float) -> None:
        self._timer.seconds = int(when)
        self._timer.nanoseconds = int((when - int(when)) * 1e9)
        self._libc.timerfd_settime(self._descriptor, _ABSOLUTE, self._pointer, None)

    def close(self) -> None:
        if self._descriptor >= 0:
            if not self._loop.is_closed():
                self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self) -> None:
        with suppress(BlockingIOError):  # it was set anew after it rang
            os.read(self._descriptor, 8)
            self._ring()


_FLAGS = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_ABSOLUTE = 1
"""TFD_TIMER_ABSTIME."""


class _TimerSpec(ctypes.Structure):
    """``struct itimerspec``: an interval, here none, and the time of the first ring."""

    _fields_ = (
        ("interval_seconds", ctypes.c_long),
        ("interval_nanoseconds", ctypes.c_long),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
    )


@cache
def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.timerfd_settime.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    return libc
