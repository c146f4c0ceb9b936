"""The open connections to one target. They stay open between windows."""

import asyncio

from app.lab.load.connection import Connection
from app.lab.load.plan import Plan

CONNECT_TIMEOUT = 5.0


class Pool:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.connections: list[Connection] = []

    async def open(self) -> Connection:
        """Open one more connection. Raises ``OSError``, which includes timeouts."""
        loop, plan = asyncio.get_running_loop(), self.plan
        async with asyncio.timeout(CONNECT_TIMEOUT):
            if plan.socket:
                _, connection = await loop.create_unix_connection(Connection, plan.socket)
            else:
                _, connection = await loop.create_connection(Connection, plan.host, plan.port)
        self.connections.append(connection)
        return connection

    def discard_dead(self) -> None:
        self.connections = [c for c in self.connections if c.alive]

    async def fill(self, wanted: int) -> tuple[int, list[OSError]]:
        """Have exactly ``wanted`` live connections. Returns the number opened, and any errors."""
        self.connections = [c for c in self.connections if c.usable]
        for surplus in self.connections[wanted:]:
            surplus.transport.close()
        del self.connections[wanted:]
        for connection in self.connections:
            connection.kept = True
        missing = wanted - len(self.connections)
        outcomes = await asyncio.gather(
            *(self.open() for _ in range(missing)), return_exceptions=True
        )
        failures = []
        for outcome in outcomes:
            if isinstance(outcome, OSError):
                failures.append(outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
        return missing - len(failures), failures
