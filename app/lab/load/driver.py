"""What closed and open loop have in common: replacing connections, time-outs, the end."""

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Any

from app.lab.load.connection import Connection
from app.lab.load.plan import Prepared
from app.lab.load.pool import Pool
from app.lab.load.tally import Tally


class BaseDriver:
    """One window. ``begin``, ``end`` and ``deadline`` are readings of ``perf_counter``."""

    def __init__(self, pool: Pool, timeout: float) -> None:
        self.pool = pool
        self.tally = Tally()
        self.sequence = pool.plan.sequence
        self.timeout = timeout
        self.begin = self.end = self.deadline = 0.0
        self.lanes = 0
        """Connections in use, those being replaced included."""
        self.gone = False
        """Whether the server could not be reached any more before the window was over."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, seconds: float) -> None:
        """Run the window, and wait for the replies that are under way when its time is over."""
        connections = list(self.pool.connections)
        self.lanes = len(connections)
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

    def lane_lost(self, now: float) -> None:
        """A connection could not be replaced, or need not be any more."""
        raise NotImplementedError

    def wants_more(self, now: float) -> bool:
        """Whether a connection that went away is still needed."""
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
        if self.wants_more(now):
            self._spawn(self._reopen())
        else:
            self.lanes -= 1
            self.lane_lost(now)

    async def _reopen(self, item: Prepared | None = None, started: float = 0.0) -> None:
        try:
            connection = await self.pool.open()
        except OSError:
            self.tally.errors["connect"] += 1
            self.lanes -= 1
            self.gone = self.gone or not self.lanes
            self.lane_lost(perf_counter())
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
        """End the requests that have waited too long; then again, until the window is over."""
        oldest = perf_counter() - self.timeout
        self.pool.forget_the_dead()
        for connection in list(self.pool.connections):
            if connection.busy and connection.sent < oldest:
                connection.give_up("timeout")
        self.check(perf_counter())
        if not self._done.done():
            asyncio.get_running_loop().call_later(min(0.25, self.timeout / 4), self._sweep)

    def check(self, now: float) -> None:
        """Called now and then, for what must happen although no reply comes."""
