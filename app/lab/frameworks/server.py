"""A framework's server, started for real on a free port, and ended whatever happens."""

import asyncio
import http.client
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import psutil

from app.course.errors import CourseError
from app.lab.frameworks.environment import server_variables
from app.lab.frameworks.framework import Framework, Missing, Start
from app.lab.load.clocks import LINUX, process_cpu
from app.lab.load.process import start_module
from app.lab.services.sockets import free_port

START_SECONDS = 60.0
IDLE_SHARE = 0.05
"""Share of a core below which a server that has just started is ready."""


class FrameworkServerError(CourseError):
    title = "The server does not start"


@dataclass(frozen=True)
class Served:
    """A server that answers."""

    framework: Framework
    url: str
    processes: int
    keeper: int
    """The process id of its keeper."""

    @property
    def family(self) -> list[psutil.Process]:
        """The server's processes that live now, its keeper not among them."""
        with suppress(psutil.Error):
            return list(psutil.Process(self.keeper).children(recursive=True))
        return []


@contextmanager
def serve(
    start: Start,
    database: Mapping[str, str],
    *,
    processes: int = 1,
    connections: int = 12,
    core: int | None = None,
) -> Iterator[Served]:
    """Yields the server once all its processes are ready.

    ``core``: the only one that it may use, where the system can hold it there. Raises
    ``FrameworkServerError`` with its last words when it does not start.
    """
    port = free_port()
    own = server_variables(database, port=port, processes=processes, connections=connections)
    with tempfile.TemporaryFile() as log:
        keeper = start_module(
            "app.lab.frameworks.keeper",
            *start.command(port, processes),
            stderr=log,
            environment={**own, **start.variables(processes, connections)},
        )
        try:
            served = Served(start.framework, f"http://127.0.0.1:{port}", processes, keeper.pid)
            if not _ready(served, keeper):
                log.seek(0)
                said = log.read().decode(errors="replace")
                raise FrameworkServerError(f"Its server does not start: {_last_line(said)}.")
            if core is not None:
                _hold(served, core)
            yield served
        finally:
            _end(keeper)


@asynccontextmanager
async def serve_all(
    starts: Sequence[Start],
    database: Mapping[str, str],
    *,
    processes: int = 1,
    connections: int = 12,
    core: int | None = None,
) -> AsyncIterator[tuple[list[Served], list[Missing]]]:
    """Those that start, beside each other, and those that do not, with their last words."""
    contexts = [
        serve(start, database, processes=processes, connections=connections, core=core)
        for start in starts
    ]
    outcomes = await asyncio.gather(
        *(asyncio.to_thread(context.__enter__) for context in contexts), return_exceptions=True
    )
    live, broken = [], []
    with ExitStack() as stack:
        for context, outcome in zip(contexts, outcomes, strict=True):
            if isinstance(outcome, Served):
                stack.push(context)
                live.append(outcome)
        for start, outcome in zip(starts, outcomes, strict=True):
            if isinstance(outcome, FrameworkServerError):
                broken.append(Missing(start.framework, str(outcome)))
            elif isinstance(outcome, BaseException):
                raise outcome
        yield live, broken


def pinnable_core() -> int | None:
    """The core that a server of one process is held on; ``None`` where the system cannot."""
    if not hasattr(psutil.Process, "cpu_affinity"):
        return None
    cores: list[int] = psutil.Process().cpu_affinity()
    return max(cores) if len(cores) > 1 else None


def _ready(served: Served, keeper: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and keeper.poll() is None:
        if _answers(served.url) and _idles(served):
            return True
        time.sleep(0.02)
    return False


def _answers(url: str) -> bool:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/constant")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _hold(served: Served, core: int) -> None:
    """Only now: to start takes less with every core."""
    for process in served.family:
        with suppress(OSError, psutil.Error):
            if LINUX:
                # Of threads, and those to come inherit it.
                for thread in process.threads():
                    os.sched_setaffinity(thread.id, {core})
            else:
                process.cpu_affinity([core])


def _idles(served: Served) -> bool:
    """Whether all workers have started: one that has not yet uses the processor."""
    seconds = 0.1
    before = _cpu(served)
    time.sleep(seconds)
    return _cpu(served) - before < IDLE_SHARE * seconds


def _cpu(served: Served) -> float:
    used = 0.0
    for process in served.family:
        with suppress(OSError, psutil.Error):
            used += process_cpu(process.pid)
    return used


def _end(keeper: "subprocess.Popen[bytes]") -> None:
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    with suppress(OSError):
        keeper.stdin.close()
    try:
        keeper.wait(10)
    except subprocess.TimeoutExpired:  # pragma: no cover
        with suppress(psutil.Error):
            for process in psutil.Process(keeper.pid).children(recursive=True):
                process.kill()
        keeper.kill()
        keeper.wait()
    keeper.stdout.close()


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else f"it did not answer within {START_SECONDS:.0f} s"
