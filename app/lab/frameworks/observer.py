"""The server's side of a measurement: processor time and memory over all its processes."""

from contextlib import suppress

import psutil

from app.course.work import Work
from app.lab.frameworks.server import Served
from app.lab.load.clocks import LINUX, process_cpu
from app.lab.load.server_side import ServerSide


class Family:
    """All processes of a served framework: masters, workers and whatever these started."""

    def __init__(self, served: Served) -> None:
        self._processes = served.family
        self._cpu: float | None = None

    def begin(self, *, open_loop: bool) -> None:  # noqa: ARG002
        self._cpu = self._used()

    def end(self) -> ServerSide:
        used = self._used()
        known = used is not None and self._cpu is not None
        return ServerSide(
            cpu=used - self._cpu if used is not None and self._cpu is not None else None,
            memory=self._held() if known else None,
        )

    def work(self) -> Work | None:
        return None

    def _used(self) -> float | None:
        """Seconds; ``None`` when one of them has gone."""
        with suppress(OSError, psutil.Error):
            return sum(process_cpu(process.pid) for process in self._processes)
        return None

    def _held(self) -> int | None:
        """Bytes. On Linux what several share is counted once, elsewhere once for each of them."""
        with suppress(OSError, psutil.Error):
            held = [
                process.memory_full_info().pss if LINUX else process.memory_info().rss
                for process in self._processes
            ]
            return int(sum(held))
        return None
