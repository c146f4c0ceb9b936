"""Driver connections: acquired from the pool without a greenlet, and never a lost one."""

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
def recorded_greenlets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The functions for which SQLAlchemy starts a greenlet in the block."""
    started: list[str] = []

    async def spawn(function: Any, *values: Any, **options: Any) -> Any:
        started.append(function.__name__)
        return await greenlet_spawn(function, *values, **options)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "greenlet_spawn", spawn)
        yield started


async def select_one(database: Database) -> None:
    assert await database.fetch_value("SELECT 1") == 1


async def test_an_idle_connection_is_acquired_without_a_greenlet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings)
    await select_one(database)
    with recorded_greenlets(monkeypatch) as started:
        for _ in range(5):
            await select_one(database)
    assert started == []
    await database.close()


async def test_waiting_for_a_connection_takes_no_greenlet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings)
    async with database.driver(), database.driver():
        with recorded_greenlets(monkeypatch) as started:
            waiting = [asyncio.create_task(select_one(database)) for _ in range(9)]
            await asyncio.sleep(0)
    with recorded_greenlets(monkeypatch) as started_later:
        await asyncio.gather(*waiting)
    assert started + started_later == []
    await database.close()


async def test_after_a_loss_every_connection_is_acquired_once_in_a_greenlet(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings.model_copy(update={"pool_size": 3}))
    async with database.driver(), database.driver(), database.driver() as lost:
        await lost.close()
    with recorded_greenlets(monkeypatch) as started:
        for _ in range(9):
            await select_one(database)
    assert started.count("close") == 4
    await database.close()


async def test_a_connection_that_failed_to_reconnect_is_acquired_in_a_greenlet(
    settings: Settings,
) -> None:
    """However often reconnecting has failed before."""
    database = open_database(settings.model_copy(update={"pool_size": 1}))
    unavailable = False

    def connect(*_: object) -> None:
        if unavailable:
            raise ConnectionRefusedError

    event.listen(database.engine.sync_engine, "do_connect", connect)
    async with database.driver() as driver:
        await driver.close()
    unavailable = True
    for _ in range(9):
        with pytest.raises(DatabaseUnavailable):
            await select_one(database)
    unavailable = False
    for _ in range(3):
        await select_one(database)
    await database.close()


async def test_a_loss_detected_by_a_session_suspends_the_fast_path(settings: Settings) -> None:
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
        except Exception:  # either of the lost connections
            pass
    # A lost connection acquired on the fast path would warn of a coroutine that is never awaited.
    for _ in range(8):
        await select_one(database)
    await database.close()


@pytest.mark.parametrize("options", [{"poolclass": NullPool}, {"pool_pre_ping": True}])
async def test_other_pools_do_not_use_the_fast_path(
    settings: Settings, options: dict[str, Any]
) -> None:
    database = Database(create_async_engine(settings.database_url, **options))
    for _ in range(3):
        await select_one(database)
    await database.close()
