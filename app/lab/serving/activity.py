"""What PostgreSQL is doing for a database, as it says itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.lab.display.table import Table
from app.lab.services.external import plain_url

_BUSY = """
    SELECT pid, state, coalesce(wait_event, '') AS waits_for,
           backend_xmin IS NOT NULL AS holds_snapshot, query
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
          AND pid <> pg_backend_pid() AND state <> 'idle'
    ORDER BY backend_start
"""
_LONGEST = 60
"""Characters of a statement that are shown."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A server process that executes a statement or has a transaction open."""

    pid: int
    state: str
    """``active``, or ``idle in transaction``."""
    waits_for: str
    """The wait event: ``ClientWrite`` for a client that does not read, ``ClientRead`` for one that
    sends nothing; empty where it waits for nothing."""
    holds_snapshot: bool
    """Whether ``VACUUM`` must keep the row versions that its snapshot can see."""
    query: str
    """Its statement, or the last one."""


class Activity(tuple[Backend, ...]):
    """The busy backends of one database, shown as a table."""

    __slots__ = ()

    def table(self) -> Table:
        rows = [
            [one.state, one.waits_for, "yes" if one.holds_snapshot else "no", _shown(one.query)]
            for one in self
        ]
        return Table(["state", "waits for", "holds a snapshot", "statement"], rows)

    def __str__(self) -> str:
        return self.table().text() if self else "No statement is running, no transaction is open."

    def _repr_html_(self) -> str:
        return self.table().html() if self else f"<p>{self}</p>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))


async def activity(database_url: str) -> Activity:
    """The backends of that database that are not idle, without the one that looks."""
    connection = await asyncpg.connect(plain_url(database_url))
    try:
        return await activity_seen_by(connection)
    finally:
        await connection.close()


async def activity_seen_by(connection: "asyncpg.Connection[asyncpg.Record]") -> Activity:
    """The same, for one who looks often, over a connection of their own."""
    found: Sequence[asyncpg.Record] = await connection.fetch(_BUSY)
    return Activity(Backend(**row) for row in found)


def _shown(query: str) -> str:
    text = " ".join(query.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
