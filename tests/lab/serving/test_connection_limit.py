"""A limit on connections that also holds where the course's own role is a superuser."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.lab.serving.connection_limit import connection_limit
from app.shop.settings import Settings


@pytest.fixture
async def admin(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """Of one who may create roles."""
    engine = create_async_engine(
        settings.database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    async with engine.connect() as connection:
        mine = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        if not (await connection.exec_driver_sql(mine)).scalar():
            pytest.skip("the tests' role is no superuser")
        yield connection


async def ask_for(count: int, database_url: str) -> tuple[int, list[str]]:
    """How many of ``count`` connections could be open at once, and why the others could not."""
    engine = create_async_engine(database_url, pool_size=count)
    asked = [engine.connect() for _ in range(count)]
    got: list[Any] = await asyncio.gather(
        *(connection.start() for connection in asked), return_exceptions=True
    )
    opened = [one for one in got if isinstance(one, AsyncConnection)]
    for connection in opened:
        await connection.close()
    await engine.dispose()
    states = [getattr(one.orig, "sqlstate", "") for one in got if isinstance(one, DBAPIError)]
    return len(opened), states


async def names_of_guests(admin: AsyncConnection) -> list[str]:
    found = await admin.exec_driver_sql("SELECT rolname FROM pg_roles WHERE rolname ~ '_guest$'")
    return list(found.scalars())


async def test_the_connection_after_the_last_is_refused_as_by_a_full_server(
    settings: Settings,
) -> None:
    async with connection_limit(settings.database_url, 4) as limited:
        opened, states = await ask_for(7, limited)
    assert opened == 4
    assert states == ["53300"] * 3


async def test_afterwards_nothing_is_left(settings: Settings, admin: AsyncConnection) -> None:
    mine = make_url(settings.database_url).database
    with pytest.raises(RuntimeError):
        async with connection_limit(settings.database_url, 2):
            raise RuntimeError
    assert f"{mine}_guest" not in await names_of_guests(admin)
    opened, _ = await ask_for(5, settings.database_url)
    assert opened == 5


async def test_guests_of_databases_that_are_gone_are_removed(
    settings: Settings, admin: AsyncConnection
) -> None:
    await admin.exec_driver_sql("DROP ROLE IF EXISTS course_gone_guest")
    await admin.exec_driver_sql("CREATE ROLE course_gone_guest")
    async with connection_limit(settings.database_url, 2):
        pass
    assert "course_gone_guest" not in await names_of_guests(admin)


async def test_an_ordinary_owner_needs_no_guest(settings: Settings, admin: AsyncConnection) -> None:
    """As on a server of somebody else, where the course's role may create databases only."""
    await admin.exec_driver_sql("CREATE ROLE course_owner LOGIN PASSWORD 'owner'")
    await admin.exec_driver_sql("CREATE DATABASE course_owned OWNER course_owner")
    owned = make_url(settings.database_url).set(
        database="course_owned", username="course_owner", password="owner"
    )
    try:
        url = owned.render_as_string(hide_password=False)
        async with connection_limit(url, 3) as limited:
            assert make_url(limited).username == "course_owner"
            assert await ask_for(5, limited) == (3, ["53300"] * 2)
        assert await ask_for(5, url) == (5, [])
    finally:
        await admin.exec_driver_sql("DROP DATABASE IF EXISTS course_owned WITH (FORCE)")
        await admin.exec_driver_sql("DROP ROLE course_owner")
