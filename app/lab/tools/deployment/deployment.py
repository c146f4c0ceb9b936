"""A shop run by a process manager: started, looked at, and stopped whatever happens."""

import asyncio
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from time import monotonic, perf_counter
from types import TracebackType
from typing import Any, Self

import asyncpg
import psutil

from app.course.deployments import Restart
from app.course.errors import CourseError
from app.course.shop import Shop
from app.lab.load.affinity import pin
from app.lab.load.observer import Observer, ProcessObserver
from app.lab.load.process import start_module, stop
from app.lab.load.target import Target
from app.lab.services.external import plain_url
from app.lab.services.sockets import free_port
from app.lab.tools.deployment.clients import idle_clients, stalled_client
from app.lab.tools.deployment.environment import variables
from app.lab.tools.deployment.failure import telling_line
from app.lab.tools.deployment.journal import READY, VARIABLE, Journal
from app.lab.tools.deployment.managers import Manager
from app.lab.tools.deployment.memory import Memory, memory_of, memory_together
from app.lab.tools.deployment.requests import (
    PATIENCE,
    Replies,
    accepts_connections,
    requests_at_once,
)
from app.lab.tools.deployment.restart import LOOK_SECONDS, PATH, restart
from app.shop.settings import Settings

START_SECONDS = 90.0
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"


class DeploymentError(CourseError):
    title = "The server did not start"


class Deployment:
    """An async context manager. The processes end with the block, or with this process, however it
    ends."""

    def __init__(
        self,
        manager: Manager,
        shop: Shop,
        settings: Settings,
        *,
        workers: int,
        options: Mapping[str, Any],
        cores: Sequence[int] | None = None,
    ) -> None:
        """``cores`` pins all processes to these. Raises ``CourseError`` for an option that cannot
        be set."""
        self.manager = manager
        self.workers = workers
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._command = manager.command(port, workers, options)
        self.journal = Journal()
        self.start_seconds = 0.0
        """From the start of the manager until all workers were ready."""
        name = f"shop-{port}"
        self._settings = settings.model_copy(update={"application_name": name})
        self._environment = {
            **variables(shop, self._settings),
            VARIABLE: str(self.journal.port),
        }
        self._cores = cores
        self._known: dict[int, psutil.Process | None] = {}
        """Every worker that was ready once; ``None`` for one that had ended by then. To look for
        children would read the list of all processes of the system."""

    async def __aenter__(self) -> Self:
        began = perf_counter()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        # It ends the whole group of processes when this process closes its input, or ends.
        self._watchdog = start_module(
            "app.lab.tools.watchdog",
            *self._command,
            stderr=self._log,
            environment=self._environment,
        )
        try:
            await self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        self.start_seconds = perf_counter() - began
        if self._cores is not None:
            pin(self.processes, self._cores)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all processes at once. Idempotent."""
        if not self._log.closed:
            stop(self._watchdog)
            self._log.close()
            self.journal.close()

    @property
    def processes(self) -> list[psutil.Process]:
        """All that live: the manager, its workers and its helpers."""
        with suppress(psutil.Error):
            return list(psutil.Process(self._watchdog.pid).children(recursive=True))
        return []

    @property
    def master(self) -> psutil.Process:
        """The manager, or the only worker of uvicorn. Raises ``DeploymentError`` if it ended."""
        with suppress(psutil.Error, IndexError):
            found: psutil.Process = psutil.Process(self._watchdog.pid).children()[0]
            return found
        raise DeploymentError(f"{self.manager.title} has ended: {self._last_words()}.")

    @property
    def pids(self) -> tuple[int, ...]:
        """The workers that live and have reported that they are ready, the oldest first."""
        for pid in self.journal.pids(READY):
            if pid not in self._known:
                self._known[pid] = psutil.Process(pid) if psutil.pid_exists(pid) else None
        return tuple(pid for pid, process in self._known.items() if is_alive(process))

    @property
    def memory(self) -> dict[int, Memory]:
        """Of each worker, by its process id."""
        return {pid: memory_of(psutil.Process(pid)) for pid in self.pids}

    @property
    def memory_together(self) -> int:
        """Bytes of all processes, the manager's included."""
        return memory_together(self.processes)

    async def connections(self) -> int:
        """How many connections PostgreSQL says are open to these workers."""
        connection = await asyncpg.connect(plain_url(self._settings.database_url))
        try:
            found: int = await connection.fetchval(_CONNECTIONS, self._settings.application_name)
        finally:
            await connection.close()
        return found

    async def ask(self, path: str, requests: int = 1, *, patience: float = PATIENCE) -> Replies:
        """Send so many requests at once, each over a connection of its own, and wait for at most
        ``patience`` seconds."""
        return await requests_at_once(self.url, path, requests, patience=patience)

    def idle_clients(self, number: int) -> AbstractAsyncContextManager[None]:
        """So many clients are connected during the block, and send nothing."""
        return idle_clients(self.url, number)

    def stalled_client(self, path: str) -> AbstractAsyncContextManager[None]:
        """During the block, a client that has asked for ``path`` does not read the response."""
        return stalled_client(self.url, path)

    async def restart(self, *, path: str = PATH, patience: float = 60.0) -> Restart:
        """Have the manager replace all workers while customers keep asking for ``path``.

        It waits for at most ``patience`` seconds until the last old worker is gone. Raises
        ``CourseError`` where there is no manager that could replace a worker.
        """
        return await restart(self, path=path, patience=patience)

    def observer(self) -> Observer:
        """The server's side of a measurement: the workers of now."""
        return ProcessObserver(Target(self.url), self.pids)

    def send_signal(self, number: signal.Signals) -> None:
        """To the manager. Raises ``DeploymentError`` if it has ended."""
        self.master.send_signal(number)

    async def _wait_until_ready(self) -> None:
        limit = monotonic() + START_SECONDS
        # A worker may report that it is ready before it listens.
        while len(self.pids) < self.workers or not await accepts_connections(self.url):
            if self._watchdog.poll() is not None:
                raise DeploymentError(f"{self.manager.title}: {self._last_words()}.")
            if monotonic() > limit:
                raise DeploymentError(
                    f"{self.manager.title} still starts after {START_SECONDS:g} s."
                )
            await asyncio.sleep(LOOK_SECONDS)

    def _last_words(self) -> str:
        self._log.seek(0)
        return telling_line(self._log.read().decode(errors="replace"))


def is_alive(process: psutil.Process | None) -> bool:
    with suppress(psutil.Error):
        return process is not None and bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
