"""What closed and open loops share: replacing connections, timeouts and the end of a window."""

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Any

from app.lab.load.connection import Connection
from app.lab.load.plan import Prepared
from app.lab.load.pool import Pool
from app.lab.load.tally import Tally


class BaseDriver:
    """Runs one window. ``begin``, ``end`` and ``deadline`` are ``perf_counter`` readings."""

    def __init__(self, pool: Pool, timeout: float) -> None:
        self.pool = pool
        self.tally = Tally()
        self.sequence = pool.plan.sequence
        self.timeout = timeout
        self.begin = self.end = self.deadline = 0.0
        self.active = 0
        """Connections in use, including those being replaced."""
        self.gone = False
        """Whether the server became unreachable before the window was over."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, seconds: float) -> None:
        """Run the window, then wait for the replies still in flight at its deadline."""
        connections = list(self.pool.connections)
        self.active = len(connections)
        self.begin = self.end = perf_counter()
        self.deadline = self.begin + seconds
        self._sweep()
        for connection in connections:
            connection.attach(self)
        self.start(connections)
        await self._done
        for task in self._tasks:
            task.cancel()

    def start(self, connections: list[Connection]) -> None:
        raise NotImplementedError

    def ready(self, connection: Connection, now: float) -> None:
        raise NotImplementedError

    def retired(self, now: float) -> None:
        """A connection could not be replaced, or no longer needs to be."""
        raise NotImplementedError

    def needs_replacement(self, now: float) -> bool:
        """Whether a closed connection has to be replaced."""
        raise NotImplementedError

    def closed(self, connection: Connection, now: float) -> None:  # noqa: ARG002
        self._replace(now)

    def failed(self, connection: Connection, kind: str, now: float) -> None:  # noqa: ARG002
        self.tally.errors[kind] += 1
        self._replace(now)

    def stale(self, connection: Connection) -> None:
        self._spawn(self._reopen(connection.item, connection.started))

    def finish(self) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def _replace(self, now: float) -> None:
        if self.needs_replacement(now):
            self._spawn(self._reopen())
        else:
            self.active -= 1
            self.retired(now)

    async def _reopen(self, item: Prepared | None = None, started: float = 0.0) -> None:
        try:
            connection = await self.pool.open()
        except OSError:
            self.tally.errors["connect"] += 1
            self.active -= 1
            self.gone = self.gone or not self.active
            self.retired(perf_counter())
            return
        self.tally.opened += 1
        connection.attach(self)
        now = perf_counter()
        if item:
            connection.send(item, started, now)
        else:
            self.ready(connection, now)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _sweep(self) -> None:
        """Time out overdue requests; reschedules itself until the window is over."""
        oldest = perf_counter() - self.timeout
        self.pool.discard_dead()
        for connection in list(self.pool.connections):
            if connection.busy and connection.sent < oldest:
                connection.abort("timeout")
        self.tick(perf_counter())
        if not self._done.done():
            asyncio.get_running_loop().call_later(min(0.25, self.timeout / 4), self._sweep)

    def tick(self, now: float) -> None:
        """Called periodically, for what must happen even when no reply arrives."""
