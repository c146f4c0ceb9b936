"""Closed loop: each connection sends a request as soon as the last is answered. Finds capacity."""

from app.lab.load.connection import Connection
from app.lab.load.driver import BaseDriver


class ClosedLoop(BaseDriver):
    """Timed from the first request to the last reply, so that replies still in flight at the
    deadline count in full: cutting them off would favour fast servers."""

    def start(self, connections: list[Connection]) -> None:
        for connection in connections:
            connection.send(next(self.sequence), self.begin, self.begin)

    def ready(self, connection: Connection, now: float) -> None:
        if now < self.deadline:
            connection.send(next(self.sequence), now, now)
        else:
            self.active -= 1
            self.retired(now)

    def retired(self, now: float) -> None:
        self.end = now
        if not self.active:
            self.finish()

    def needs_replacement(self, now: float) -> bool:
        return now < self.deadline
