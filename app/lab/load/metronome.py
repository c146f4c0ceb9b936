"""Wakes the event loop whenever a request is due.

A thread, because an event loop's own timers have a resolution of milliseconds: at 1,000 requests
per second they would make every request half an interval late.
"""

import asyncio
import threading
from collections.abc import Callable
from time import perf_counter, sleep

SHORTEST = 0.0002
"""Seconds between two wake-ups. Above 5,000 requests per second, several are sent at once."""


class Metronome:
    def __init__(self, begin: float, interval: float, total: int, fire: Callable[[], None]) -> None:
        self._begin, self._interval, self._total, self._fire = begin, interval, total, fire
        self._loop = asyncio.get_running_loop()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._thread.join()

    def _run(self) -> None:
        index = 0
        while index < self._total and not self._stopped:
            pause = self._begin + index * self._interval - perf_counter()
            if pause > 0:
                # In short steps, so that stop() need not wait for a long interval.
                sleep(min(pause, 0.1))
                continue
            self._loop.call_soon_threadsafe(self._fire)
            sleep(SHORTEST)
            # This wake-up sends everything due by now; the next waits for the first that is not.
            passed = int((perf_counter() - self._begin - SHORTEST) / self._interval)
            index = max(index, passed) + 1
        if not self._stopped:
            self._loop.call_soon_threadsafe(self._fire)
