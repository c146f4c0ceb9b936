"""Serializes what the ORM reads, for the cache."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import TypeAdapter

from app.shop.cached import Query
from app.shop.database import Database


def json_query(
    adapter: TypeAdapter[Any],
    database: Database,
    read: Callable[..., Awaitable[Any]],
    *values: object,
) -> Query:
    """A query that calls ``read(session, *values)`` and serializes the result as ``adapter``."""

    async def query() -> str | None:
        # A session of its own: other requests may still wait for this query when the request that
        # started it has closed its session.
        async with database.reading() as session:
            found = await read(session, *values)
        if found is None:
            return None
        return adapter.dump_json(adapter.validate_python(found, from_attributes=True)).decode()

    return query
