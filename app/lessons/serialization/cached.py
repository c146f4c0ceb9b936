"""The JSON of what is read through the ORM, for the cache."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import TypeAdapter

from app.shop.cached import Query
from app.shop.database import Database


def written(
    answer: TypeAdapter[Any],
    database: Database,
    read: Callable[..., Awaitable[Any]],
    *values: object,
) -> Query:
    """Reads with ``read(session, *values)``, and writes what it finds as ``answer`` has it."""

    async def query() -> str | None:
        # Not the request's session: others may still wait for the answer when that is closed.
        async with database.reading() as session:
            found = await read(session, *values)
        if found is None:
            return None
        return answer.dump_json(answer.validate_python(found, from_attributes=True)).decode()

    return query
