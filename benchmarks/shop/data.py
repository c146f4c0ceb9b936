"""The data that is read and written: a private copy of the seeded database, and room in Redis."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.lab.services import connect
from app.lab.services.external import plain_url

POOL = 10
"""Connections of each process that is served."""


@dataclass(frozen=True)
class Data:
    environment: dict[str, str]
    """For processes that use it. Redis is in it where there is one."""
    url: str
    """Of the database, for asyncpg."""
    has_redis: bool
    servers: str
    """Which they are, for a reader."""


@contextmanager
def leased() -> Iterator[Data]:
    """Yields data that nobody else reads or writes. Raises ``CourseError`` where PostgreSQL cannot
    be had."""
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
