"""What an endpoint may ask for, as annotated types."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.database import Database
from app.shop.fields import MAX_ID


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def read_session(
    database: Annotated[Database, Depends(get_database)],
) -> AsyncIterator[AsyncSession]:
    async with database.reading() as session:
        yield session


async def write_session(
    database: Annotated[Database, Depends(get_database)],
) -> AsyncIterator[AsyncSession]:
    async with database.writing() as session:
        yield session


# Function scope: the connection is back in the pool before the response is sent,
# so a slow reader of the response holds none.
ReadSession = Annotated[AsyncSession, Depends(read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(write_session, scope="function")]

Limit = Annotated[int, Query(ge=1, le=2000, description="How many to return at most")]
Before = Annotated[
    int | None, Query(ge=1, le=MAX_ID, description="Only those with an id below this one")
]
After = Annotated[int, Query(ge=0, le=MAX_ID, description="Only those with an id above this one")]
