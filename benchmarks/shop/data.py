"""The data that the benchmarks use: a private copy of the seeded database and a Redis prefix."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.lab.services import connect
from app.lab.services.external import plain_url

POOL = 10
"""Size of each server process's connection pool."""


@dataclass(frozen=True)
class Data:
    environment: dict[str, str]
    """Environment variables for server processes, including Redis's if there is one."""
    url: str
    """Of the database, for asyncpg."""
    has_redis: bool
    servers: str
    """Name and version of the database server, for the report."""


@contextmanager
def leased() -> Iterator[Data]:
    """Yields data that nothing else reads or writes. Raises ``CourseError`` if PostgreSQL is
    unavailable."""
    with connect("benchmark of the shop") as client:
        lease = client.lease()
        environment = {
            "DATABASE_URL": lease.database_url,
            "REDIS_PREFIX": lease.redis_prefix,
            "POOL_SIZE": str(POOL),
        }
        if lease.redis_url:
            environment["REDIS_URL"] = lease.redis_url
        servers = client.postgres.name or ""
        yield Data(environment, plain_url(lease.database_url), bool(lease.redis_url), servers)
