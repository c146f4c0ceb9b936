"""Open loop: requests start at a fixed rate, whatever the server does. Measures latency.

Latency counts from the moment a request was meant to be sent. A request that has to wait because
every connection is busy is charged for the wait, so a server cannot hide that it stalled.
"""

from array import array
from collections import deque
from time import perf_counter

from app.lab.load.connection import Connection
from app.lab.load.driver import BaseDriver
from app.lab.load.metronome import Metronome
from app.lab.load.pool import Pool


class OpenLoop(BaseDriver):
    def __init__(self, pool: Pool, timeout: float, rate: float) -> None:
        super().__init__(pool, timeout)
        self.interval = 1 / rate
        self.total = 0
        self.offered = 0
        """Requests that have come due."""
        self.lateness = array("d")
        """Seconds by which the generator itself was late for each of them."""
        self.backlog: deque[float] = deque()
        """The intended starts of the requests that wait for a free connection."""
        self.backlog_peak = self.backlog_at_deadline = 0
        self.overloaded = False
        self._backlog_since = 0.0
        self._load_judged = False
        self._idle: deque[Connection] = deque()

    async def run(self, seconds: float) -> None:
        self.total = max(1, round(seconds / self.interval))
        await super().run(seconds)

    def start(self, connections: list[Connection]) -> None:
        self._idle.extend(connections)
        metronome = Metronome(self.begin, self.interval, self.total, self._fire)
        self._done.add_done_callback(lambda _: metronome.stop())

    def _fire(self) -> None:
        """Send or queue every request that is due."""
        now = perf_counter()
        if self._done.done():
            return
        due = min(self.total, int((now - self.begin) / self.interval) + 1)
        for index in range(self.offered, due):
            intended = self.begin + index * self.interval
            self.lateness.append(now - intended)
            self._offer(intended, now)
        self.offered = max(due, self.offered)
        self.backlog_peak = max(self.backlog_peak, len(self.backlog))

    def _offer(self, intended: float, now: float) -> None:
        while self._idle:
            connection = self._idle.popleft()
            if connection.usable:
                connection.send(next(self.sequence), intended, now)
                return
            self._replace(now)  # the server closed it while it was idle
        if not self.backlog:
            self._backlog_since = now
        self.backlog.append(intended)

    def ready(self, connection: Connection, now: float) -> None:
        self.end = now
        if self.backlog:
            connection.send(next(self.sequence), self.backlog.popleft(), now)
        else:
            self._idle.append(connection)
            self._finish_when_idle()

    def retired(self, now: float) -> None:
        self.end = now
        if self.active:
            self._finish_when_idle()
        else:
            self._abandon()

    def needs_replacement(self, now: float) -> bool:
        return bool(self.backlog) or now < self.deadline

    def tick(self, now: float) -> None:
        if now < self.deadline:
            return
        if not self._load_judged:
            self._judge_load()
        if now > self.deadline + self.timeout:
            self._abandon()

    def _judge_load(self) -> None:
        """Overloaded: the backlog was never empty in the last third of the window."""
        self._load_judged = True
        self.backlog_at_deadline = len(self.backlog)
        third = (self.deadline - self.begin) / 3
        self.overloaded = bool(self.backlog) and self._backlog_since < self.deadline - third

    def _finish_when_idle(self) -> None:
        if self.offered == self.total and not self.backlog and len(self._idle) == self.active:
            self.finish()

    def _abandon(self) -> None:
        """End the window; requests never sent, or not answered in time, count as unfinished."""
        if self._done.done():
            return
        for connection in self.pool.connections:
            if connection.busy:
                connection.busy = False
                connection.transport.abort()
                self.tally.errors["unfinished"] += 1
        self.tally.errors["unfinished"] += len(self.backlog)
        self.backlog.clear()
        self.finish()
