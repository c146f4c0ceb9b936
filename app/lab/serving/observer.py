"""The server's side of a server that runs in a thread of this process."""

import asyncio
import gc
import threading
from contextlib import suppress
from time import perf_counter, process_time

import psutil

from app.course.work import Work
from app.lab.load.clocks import LINUX, thread_cpu
from app.lab.load.histogram import Histogram
from app.lab.load.server_side import ServerSide
from app.lab.serving.failure import describe
from app.lab.wire.ledger import Ledger

_SERVING = ("course-server", "AnyIO worker thread", "asyncio_")
"""How the names of threads begin that work for a server."""
_PING_SECONDS = 0.02


class Inside:
    """Reads what only the server's own process knows: its work counters and its event loop.

    While a window runs, what a kernel has gathered so far is set aside from the garbage collector.
    Half a million objects of charts and earlier results belong to no server, but each full
    collection looks at all of them: 0.1 s each time, which made pages that create many objects look
    twice as slow as they are.
    """

    def __init__(self, ledger: Ledger, loop: asyncio.AbstractEventLoop) -> None:
        self._ledger = ledger
        self._loop = loop
        self._lag: LagProbe | None = None
        self._cpu = self._elsewhere = 0.0
        self._memory = 0

    def begin(self, *, open_loop: bool) -> None:
        self._memory = _resident()
        gc.freeze()
        if open_loop:
            self._lag = LagProbe(self._loop)
        self._cpu, self._elsewhere = process_time(), _cpu_elsewhere()

    def end(self) -> ServerSide:
        gc.unfreeze()
        elsewhere = _cpu_elsewhere() - self._elsewhere
        cpu = process_time() - self._cpu - elsewhere
        lag, self._lag = self._lag, None
        return ServerSide(
            cpu=cpu,
            growth=_resident() - self._memory,
            lag=lag.stop() if lag else Histogram(),
            disturbance=elsewhere,
        )

    def work(self) -> Work | None:
        return self._ledger.total

    def setups(self) -> Work | None:
        return self._ledger.setups

    def raised(self) -> str | None:
        return None if self._ledger.raised is None else describe(self._ledger.raised)


class LagProbe:
    """Asks the server's event loop for a call now and then, and notes how long each one waits.

    A thread asks, at its own pace: a loop that stands still is asked on, as customers would. The
    loop's own timers would be delayed by the very thing they are to measure.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waits: list[float] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="course-server-lag", daemon=True)
        self._thread.start()

    def stop(self) -> Histogram:
        """How long the calls waited, in seconds."""
        self._stopped.set()
        self._thread.join()
        return Histogram.of(self._waits)

    def _run(self) -> None:
        while not self._stopped.wait(_PING_SECONDS):
            with suppress(RuntimeError):  # the server has stopped meanwhile
                self._loop.call_soon_threadsafe(self._note, perf_counter())

    def _note(self, asked: float) -> None:
        self._waits.append(perf_counter() - asked)


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _cpu_elsewhere() -> float:
    """Processor seconds of this process's threads that do not work for a server; 0 where threads
    cannot be told apart."""
    if not LINUX:
        return 0.0
    return sum(
        thread_cpu(thread.native_id)
        for thread in threading.enumerate()
        if thread.native_id is not None and not thread.name.startswith(_SERVING)
    )
