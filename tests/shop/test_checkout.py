"""The driver's connections: from the pool without greenlets, and never one that was lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import create_async_engine, engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util.concurrency import greenlet_spawn

from app.shop.database import Database, open_database
from app.shop.errors import DatabaseUnavailable
from app.shop.settings import Settings


@contextmanager
def greenlets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What SQLAlchemy starts greenlets for meanwhile."""
    seen: list[str] = []

    async def spawn(function: Any, *values: Any, **options: Any) -> Any:
        seen.append(function.__name__)
        return await greenlet_spawn(function, *values, **options)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "greenlet_spawn", spawn)
        yield seen


async def one(database: Database) -> None:
    assert await database.fetch_value("SELECT 1") == 1


async def test_an_idle_connection_is_had_without_waiting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings)
    await one(database)
    with greenlets(monkeypatch) as seen:
        for _ in range(5):
            await one(database)
    assert seen == []
    await database.close()


async def test_a_connection_that_is_out_is_waited_for_without_a_greenlet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings)
    async with database.driver(), database.driver():
        with greenlets(monkeypatch) as seen:
            waiting = [asyncio.create_task(one(database)) for _ in range(9)]
            await asyncio.sleep(0)
    with greenlets(monkeypatch) as seen_later:
        await asyncio.gather(*waiting)
    assert seen + seen_later == []
    await database.close()


async def test_after_a_loss_connections_are_waited_for_until_each_was_seen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings.model_copy(update={"pool_size": 3}))
    async with database.driver(), database.driver(), database.driver() as lost:
        await lost.close()
    with greenlets(monkeypatch) as seen:
        for _ in range(9):
            await one(database)
    assert seen.count("close") == 4
    await database.close()


async def test_a_connection_that_cannot_be_reconnected_is_waited_for_later(
    settings: Settings,
) -> None:
    """However often it fails meanwhile."""
    database = open_database(settings.model_copy(update={"pool_size": 1}))
    away = False

    def connect(*_: object) -> None:
        if away:
            raise ConnectionRefusedError

    event.listen(database.engine.sync_engine, "do_connect", connect)
    async with database.driver() as driver:
        await driver.close()
    away = True
    for _ in range(9):
        with pytest.raises(DatabaseUnavailable):
            await one(database)
    away = False
    for _ in range(3):
        await one(database)
    await database.close()


async def test_a_loss_that_a_session_finds_counts_too(settings: Settings) -> None:
    database = open_database(settings.model_copy(update={"pool_size": 3}))
    async with database.driver() as one_driver, database.driver() as other_driver:
        pids = [driver.get_server_pid() for driver in (one_driver, other_driver)]
    async with database.writing() as session:
        own = await session.scalar(text("SELECT pg_backend_pid()"))
        for pid in pids:
            if pid != own:
                await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    for _ in range(2):
        try:
            async with database.reading() as session:
                await session.execute(text("SELECT 1"))
        except Exception:  # whichever of them it was
            pass
    # A lost one that was taken without waiting would warn of a coroutine that nobody awaits.
    for _ in range(8):
        await one(database)
    await database.close()


@pytest.mark.parametrize("options", [{"poolclass": NullPool}, {"pool_pre_ping": True}])
async def test_other_pools_are_waited_for(settings: Settings, options: dict[str, Any]) -> None:
    database = Database(create_async_engine(settings.database_url, **options))
    for _ in range(3):
        await one(database)
    await database.close()
