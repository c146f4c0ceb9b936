"""What VACUUM could remove from a table, in its own words."""

import re
from typing import Any

import asyncpg
from sqlalchemy import make_url

_TUPLES = re.compile(r"tuples: (\d+) removed, \d+ remain, (\d+) are dead but not yet removable")


async def vacuum(database_url: str, table: str) -> tuple[int, int]:
    """Run ``VACUUM`` on ``table``: the dead row versions that it removed, and those that it had to
    keep because a snapshot may still see them."""
    address = make_url(database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(address.render_as_string(hide_password=False))
    said: list[str] = []

    def note(_: Any, message: Any) -> None:
        said.append(str(message))

    connection.add_log_listener(note)
    try:
        await connection.execute(f"VACUUM (VERBOSE, INDEX_CLEANUP OFF) {table}")
    finally:
        await connection.close()
    found = _TUPLES.search("\n".join(said))
    if found is None:
        raise LookupError(f"VACUUM does not say how many row versions of {table} are dead.")
    return int(found[1]), int(found[2])
