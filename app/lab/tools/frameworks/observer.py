"""The server's side of a measurement: CPU time and memory of all its processes."""

from contextlib import suppress

import psutil

from app.course.work import Work
from app.lab.load.clocks import LINUX, process_cpu
from app.lab.load.server_side import ServerSide
from app.lab.tools.frameworks.server import RunningServer


class ProcessTreeObserver:
    """Observes all processes of a framework's server: masters, workers and their children."""

    def __init__(self, server: RunningServer) -> None:
        self._processes = server.process_tree
        self._cpu: float | None = None

    def begin(self, *, open_loop: bool) -> None:  # noqa: ARG002
        self._cpu = self._cpu_seconds()

    def end(self) -> ServerSide:
        cpu = self._cpu_seconds()
        known = cpu is not None and self._cpu is not None
        return ServerSide(
            cpu=cpu - self._cpu if cpu is not None and self._cpu is not None else None,
            memory=self._memory() if known else None,
        )

    def work(self) -> Work | None:
        return None

    def setups(self) -> Work | None:
        return None

    def raised(self) -> str | None:
        return None

    def _cpu_seconds(self) -> float | None:
        """``None`` if one of the processes has exited."""
        with suppress(OSError, psutil.Error):
            return sum(process_cpu(process.pid) for process in self._processes)
        return None

    def _memory(self) -> int | None:
        """Bytes. Memory shared by several processes counts once on Linux, repeatedly elsewhere."""
        with suppress(OSError, psutil.Error):
            sizes = [
                process.memory_full_info().pss if LINUX else process.memory_info().rss
                for process in self._processes
            ]
            return int(sum(sizes))
        return None
