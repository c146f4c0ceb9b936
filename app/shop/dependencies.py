"""What an endpoint may ask for, as annotated types."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.cache import Cache
from app.shop.database import Database
from app.shop.fields import MAX_ID

_TAGS = "dropped tags"


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_cache(request: Request) -> Cache:
    cache: Cache = request.app.state.cache
    return cache


DatabaseDep = Annotated[Database, Depends(get_database)]
CacheDep = Annotated[Cache, Depends(get_cache)]


async def read_session(database: DatabaseDep) -> AsyncIterator[AsyncSession]:
    async with database.reading() as session:
        yield session


async def write_session(database: DatabaseDep, cache: CacheDep) -> AsyncIterator[AsyncSession]:
    tags: set[str] = set()
    try:
        async with database.writing() as session:
            session.info[_TAGS] = tags
            yield session
    except Exception:
        tags.clear()  # nothing was written
        raise
    finally:
        # Only now can everyone read what was written; dropped sooner, the old could be cached
        # again. A request that is given up during its COMMIT may have written all the same.
        if tags:
            await asyncio.shield(cache.drop(tags))


def changes(session: AsyncSession, *tags: str) -> None:
    """What this session's transaction changes: dropped from the cache once it is committed."""
    session.info[_TAGS].update(tags)


# Function scope: the connection is back in the pool before the response is sent,
# so one who takes long to read the response holds none.
# FastAPI resolves parameters in order, and a session holds a connection from the start: declare it
# after whatever reads the body or may turn the caller away.
ReadSession = Annotated[AsyncSession, Depends(read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(write_session, scope="function")]

Limit = Annotated[int, Query(ge=1, le=2000, description="How many to return at most")]
Before = Annotated[
    int | None, Query(ge=1, le=MAX_ID, description="Only those with an id below this one")
]
After = Annotated[int, Query(ge=0, le=MAX_ID, description="Only those with an id above this one")]
