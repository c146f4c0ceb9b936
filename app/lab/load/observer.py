"""The server's side of a measurement: what the answers cost."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import psutil

from app.course.work import Work
from app.lab.load.clocks import process_cpu
from app.lab.load.process import LoadProcess
from app.lab.load.server_side import ServerSide
from app.lab.load.target import Target
from app.lab.load.window import Window


class Observer(Protocol):
    """Observes one server. ``begin`` and ``end`` enclose a window of load."""

    def begin(self, *, open_loop: bool) -> None: ...

    def end(self) -> ServerSide: ...

    def work(self) -> Work | None:
        """The total work of the server's requests so far; ``None`` if it is not counted."""

    def setups(self) -> Work | None:
        """Of that, what requests did that opened a connection or prepared a statement."""

    def raised(self) -> str | None:
        """What a request raised last, in a sentence; ``None`` if none did or it is not known."""


class ProcessObserver:
    """Observes a server from outside: the processes that listen at the target's address, or those
    with the given ``pids``."""

    def __init__(self, target: Target, pids: Sequence[int] | None = None) -> None:
        self._pids = listeners(target) if pids is None else pids
        self._cpu: float | None = None
        self._memory: float | None = None

    def begin(self, *, open_loop: bool) -> None:  # noqa: ARG002
        self._cpu, self._memory = self._read(process_cpu), self._read(_resident)

    def end(self) -> ServerSide:
        cpu, memory = self._read(process_cpu), self._read(_resident)
        return ServerSide(
            cpu=None if cpu is None or self._cpu is None else cpu - self._cpu,
            memory=None if memory is None else round(memory),
            growth=None if memory is None or self._memory is None else round(memory - self._memory),
        )

    def work(self) -> Work | None:
        return None

    def setups(self) -> Work | None:
        return None

    def raised(self) -> str | None:
        return None

    def _read(self, of: Callable[[int], float]) -> float | None:
        """The sum over the processes; ``None`` if there are none, or one has exited."""
        with suppress(OSError, psutil.Error):
            return sum(of(pid) for pid in self._pids) if self._pids else None
        return None


def listeners(target: Target) -> tuple[int, ...]:
    """PIDs of the processes that accept the target's connections; empty if they are unknown."""
    found: set[int] = set()
    with suppress(OSError, psutil.Error):
        kind = "unix" if target.socket else "tcp"
        for entry in psutil.net_connections(kind):
            if entry.pid is not None and _accepts(entry, target):
                found.add(entry.pid)
    return tuple(sorted(found))


def _accepts(entry: "psutil._common.sconn", target: Target) -> bool:
    if target.socket:
        return bool(entry.laddr == target.socket)
    listening = entry.status == psutil.CONN_LISTEN
    return listening and bool(entry.laddr) and entry.laddr.port == target.port


def _resident(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


async def observed_window(
    load: LoadProcess,
    target: Target,
    observer: Observer,
    *,
    connections: int,
    seconds: float,
    rate: float | None = None,
) -> Window:
    """One window of load, including the server's side. Raises what ``LoadProcess.window`` does."""
    observer.begin(open_loop=rate is not None)
    try:
        window = await load.window(target, connections=connections, seconds=seconds, rate=rate)
    finally:
        server = observer.end()
    return replace(window, server=server)
