"""Alarms ring when it is time, never before, and once."""

import asyncio
import sys
import time
from collections.abc import Callable

import pytest

from app.lab.wire.alarm import Alarm, LoopAlarm, TimerfdAlarm, alarm

MakeAlarm = Callable[[asyncio.AbstractEventLoop, Callable[[], None]], Alarm]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="timerfd is Linux's own")
every_kind = pytest.mark.parametrize(
    "make", [LoopAlarm, pytest.param(TimerfdAlarm, marks=linux_only)]
)


@linux_only
async def test_linux_has_the_precise_one() -> None:
    made = alarm(asyncio.get_running_loop(), lambda: None)
    made.close()
    assert isinstance(made, TimerfdAlarm)


@every_kind
async def test_it_rings_when_it_is_time(make: MakeAlarm) -> None:
    rang = asyncio.Event()
    made = make(asyncio.get_running_loop(), rang.set)
    for _ in range(5):
        rang.clear()
        due = time.monotonic() + 0.0123
        made.set(due)
        await rang.wait()
        # A loop's own clock may be a millisecond behind; `Latency` looks at the time again.
        assert time.monotonic() >= due - 0.001
    made.close()


@every_kind
async def test_a_time_that_has_passed_is_now(make: MakeAlarm) -> None:
    rang = asyncio.Event()
    made = make(asyncio.get_running_loop(), rang.set)
    made.set(time.monotonic() - 1)
    await rang.wait()
    made.close()


@every_kind
async def test_set_again_it_rings_once_and_closed_never(make: MakeAlarm) -> None:
    rings: list[float] = []
    made = make(asyncio.get_running_loop(), lambda: rings.append(time.monotonic()))
    later = time.monotonic() + 0.05
    made.set(time.monotonic() + 0.01)
    made.set(later)
    await asyncio.sleep(0.15)
    assert len(rings) == 1
    assert rings[0] >= later - 0.001
    made.set(time.monotonic() + 0.01)
    made.close()
    made.close()
    await asyncio.sleep(0.05)
    assert len(rings) == 1
