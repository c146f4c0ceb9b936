"""Dependencies and common parameters of endpoints, as annotated types."""

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
        tags.clear()  # rolled back
        raise
    finally:
        # Only after the commit: if dropped earlier, the old data could be cached again. A request
        # that is cancelled during COMMIT may have been committed nevertheless.
        if tags:
            await asyncio.shield(cache.drop(tags))


def changes(session: AsyncSession, *tags: str) -> None:
    """Drop ``tags`` from the cache when the session's transaction has been committed."""
    session.info[_TAGS].update(tags)


# Function scope: the connection is released before the response is sent, so it is not held while
# the client reads. FastAPI resolves parameters in order, and a session holds a connection from the
# start: declare it after everything that reads the body or may reject the request.
ReadSession = Annotated[AsyncSession, Depends(read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(write_session, scope="function")]

Limit = Annotated[int, Query(ge=1, le=2000, description="How many to return at most")]
Before = Annotated[
    int | None, Query(ge=1, le=MAX_ID, description="Only those with an id below this one")
]
After = Annotated[int, Query(ge=0, le=MAX_ID, description="Only those with an id above this one")]
