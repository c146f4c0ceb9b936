"""Each connection sends its next request when the reply to the last one has come: capacity."""

from app.lab.load.connection import Connection
from app.lab.load.driver import BaseDriver


class ClosedLoop(BaseDriver):
    """The clock runs from the first request to the last reply, so that slow replies that are under
    way at the deadline count in full: cutting them off would favour fast servers."""

    def start(self, connections: list[Connection]) -> None:
        for connection in connections:
            connection.send(next(self.sequence), self.begin, self.begin)

    def ready(self, connection: Connection, now: float) -> None:
        if now < self.deadline:
            connection.send(next(self.sequence), now, now)
        else:
            self.lanes -= 1
            self.lane_lost(now)

    def lane_lost(self, now: float) -> None:
        self.end = now
        if not self.lanes:
            self.finish()

    def wants_more(self, now: float) -> bool:
        return now < self.deadline
