"""Work counters: what requests make the servers do."""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Work:
    """What one or more requests made the servers do. Counts are the same on every machine.

    Transaction control (``BEGIN``, ``COMMIT``, ``ROLLBACK``) and pings count as round trips, not as
    statements. Queries the driver sends when it opens a connection count as both.
    """

    requests: int = 0
    statements: int = 0
    """SQL statements executed."""
    round_trips: int = 0
    """Times the application sent something to PostgreSQL and waited for the reply."""
    connections: int = 0
    """Connections opened to PostgreSQL."""
    rows: int = 0
    """Rows that PostgreSQL returned or changed."""
    sql_bytes: int = 0
    """Bytes received from PostgreSQL."""
    redis_commands: int = 0
    redis_round_trips: int = 0
    """Times the application sent something to Redis and waited for the reply. Commands sent
    together, as in a pipeline, share one."""
    redis_bytes: int = 0
    """Bytes received from Redis."""
    response_bytes: int = 0
    """Bytes of the HTTP response bodies as sent."""

    def __add__(self, other: Self) -> Self:
        return type(self)(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )

    def __sub__(self, other: Self) -> Self:
        return type(self)(
            **{f.name: getattr(self, f.name) - getattr(other, f.name) for f in fields(self)}
        )

    def per_request(self) -> dict[str, float]:
        """Each count but ``requests``, divided by the number of requests (at least one)."""
        requests = max(self.requests, 1)
        return {f.name: getattr(self, f.name) / requests for f in fields(self)[1:]}
