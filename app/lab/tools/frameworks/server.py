"""Runs a framework's server on a free port, and stops it whatever happens."""

import asyncio
import http.client
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import psutil

from app.course.errors import CourseError
from app.lab.load.affinity import pin, usable_cores
from app.lab.load.clocks import process_cpu
from app.lab.load.process import start_module
from app.lab.services.sockets import free_port
from app.lab.tools.frameworks.environment import server_variables
from app.lab.tools.frameworks.framework import Framework, Missing, Start

START_SECONDS = 60.0
IDLE_SHARE = 0.05
"""Share of a core; a server that starts up is ready once it uses less."""


class FrameworkServerError(CourseError):
    title = "The server does not start"


@dataclass(frozen=True)
class RunningServer:
    """A framework's server that is up and answers requests."""

    framework: Framework
    url: str
    processes: int
    watchdog: int
    """The process ID of its watchdog."""

    @property
    def process_tree(self) -> list[psutil.Process]:
        """The server's live processes, without the watchdog."""
        with suppress(psutil.Error):
            return list(psutil.Process(self.watchdog).children(recursive=True))
        return []


@contextmanager
def serve(
    start: Start,
    database: Mapping[str, str],
    *,
    processes: int = 1,
    connections: int = 12,
    core: int | None = None,
) -> Iterator[RunningServer]:
    """Yields the server once all its processes are ready.

    ``core`` pins it to that core, if the system supports it. Raises ``FrameworkServerError`` with
    the last line of its log if it does not start.
    """
    port = free_port()
    variables = server_variables(database, port=port, processes=processes, connections=connections)
    with tempfile.TemporaryFile() as log:
        watchdog = start_module(
            "app.lab.tools.watchdog",
            *start.command(port, processes),
            stderr=log,
            environment={**variables, **start.variables(processes, connections)},
        )
        try:
            url = f"http://127.0.0.1:{port}"
            server = RunningServer(start.framework, url, processes, watchdog.pid)
            if not _becomes_ready(server, watchdog):
                log.seek(0)
                output = log.read().decode(errors="replace")
                raise FrameworkServerError(f"Its server does not start: {_last_line(output)}.")
            if core is not None:
                # After the start, which is faster with all cores.
                pin(server.process_tree, [core])
            yield server
        finally:
            _stop(watchdog)


@asynccontextmanager
async def serve_all(
    starts: Sequence[Start],
    database_of: Callable[[Start], Mapping[str, str]],
    *,
    processes: int = 1,
    connections: int = 12,
    core: int | None = None,
) -> AsyncIterator[tuple[list[RunningServer], list[Missing]]]:
    """Start all servers concurrently, each with the database of its own that ``database_of`` names;
    yields those that run, and those that failed, with the reason."""
    contexts = [
        serve(start, database_of(start), processes=processes, connections=connections, core=core)
        for start in starts
    ]
    outcomes = await asyncio.gather(
        *(asyncio.to_thread(context.__enter__) for context in contexts), return_exceptions=True
    )
    servers, failed = [], []
    with ExitStack() as stack:
        for context, outcome in zip(contexts, outcomes, strict=True):
            if isinstance(outcome, RunningServer):
                stack.push(context)
                servers.append(outcome)
        for start, outcome in zip(starts, outcomes, strict=True):
            if isinstance(outcome, FrameworkServerError):
                failed.append(Missing(start.framework, str(outcome)))
            elif isinstance(outcome, BaseException):
                raise outcome
        yield servers, failed


def pinnable_core() -> int | None:
    """The core to pin a single-process server to; ``None`` if that is not supported."""
    cores = usable_cores()
    return max(cores) if cores and len(cores) > 1 else None


def _becomes_ready(server: RunningServer, watchdog: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and watchdog.poll() is None:
        if _answers(server.url) and _is_idle(server):
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


def _is_idle(server: RunningServer) -> bool:
    """Whether all workers have started: one that is still starting uses the CPU."""
    seconds = 0.1
    before = _cpu(server)
    time.sleep(seconds)
    return _cpu(server) - before < IDLE_SHARE * seconds


def _cpu(server: RunningServer) -> float:
    seconds = 0.0
    for process in server.process_tree:
        with suppress(OSError, psutil.Error):
            seconds += process_cpu(process.pid)
    return seconds


def _stop(watchdog: "subprocess.Popen[bytes]") -> None:
    assert watchdog.stdin is not None
    assert watchdog.stdout is not None
    with suppress(OSError):
        watchdog.stdin.close()
    try:
        watchdog.wait(10)
    except subprocess.TimeoutExpired:  # pragma: no cover
        with suppress(psutil.Error):
            for process in psutil.Process(watchdog.pid).children(recursive=True):
                process.kill()
        watchdog.kill()
        watchdog.wait()
    watchdog.stdout.close()


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else f"it did not answer within {START_SECONDS:.0f} s"
