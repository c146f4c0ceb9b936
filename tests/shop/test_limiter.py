"""The queue for connections: first come, first served for sessions and driver connections, and
robust against cancellation, timeouts and lost connections."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import event, exc, text

from app.shop import create_app
from app.shop.database import Database, open_database
from app.shop.errors import DatabaseUnavailable
from app.shop.limiter import Limiter
from app.shop.settings import Settings
from tests.shop.cache.conftest import eventually
from tests.shop.conftest import client_of
from tests.shop.test_work import WRITES

Ask = Callable[[Database], Awaitable[int]]


async def by_driver(database: Database) -> int:
    """The connection's server process, as in the others."""
    async with database.driver() as driver:
        pid: int = await driver.fetchval("SELECT pg_backend_pid()")
        return pid


async def by_session(database: Database) -> int:
    async with database.reading() as session:
        pid: int = await session.scalar(text("SELECT pg_backend_pid()"))
        return pid


async def by_transaction(database: Database) -> int:
    async with database.writing() as session:
        pid: int = await session.scalar(text("SELECT pg_backend_pid()"))
        return pid


WAYS = (by_driver, by_session, by_transaction)


@asynccontextmanager
async def pool_of(settings: Settings, size: int) -> AsyncIterator[Database]:
    database = open_database(settings.model_copy(update={"pool_size": size}))
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds to wait for a turn: few, and no fewer than usual for a connection to be opened."""

    class Impatient(Limiter):
        def __init__(self, size: int, _: float) -> None:
            super().__init__(size, 0.2)

    monkeypatch.setattr("app.shop.database.Limiter", Impatient)
    return 0.2


async def asking(database: Database, *ways: Ask) -> list[asyncio.Task[int]]:
    """Each by a task of its own, all of which have taken a connection, or wait for one."""
    tasks = [asyncio.ensure_future(way(database)) for way in ways]
    await asyncio.sleep(0)
    return tasks


def order_of(database: Database) -> list[asyncio.Task[int] | None]:
    """The tasks as they take connections."""
    order: list[asyncio.Task[int] | None] = []

    def taken(*_: object) -> None:
        order.append(asyncio.current_task())

    event.listen(database.engine.sync_engine, "checkout", taken)
    return order


async def assert_whole(database: Database, size: int) -> None:
    """All connections can be had at a time, and no more."""
    async with AsyncExitStack() as stack:
        for _ in range(size):
            async with asyncio.timeout(5):
                await stack.enter_async_context(database.driver())
        (one_more,) = await asking(database, by_driver)
        assert not one_more.done()
        one_more.cancel()
        await asyncio.wait([one_more])


@pytest.mark.parametrize("ways", [(by_driver,), WAYS])
async def test_first_come_first_served(settings: Settings, ways: tuple[Ask, ...]) -> None:
    async with pool_of(settings, 2) as database:
        await assert_whole(database, 2)
        async with database.driver(), database.driver():
            order = order_of(database)
            tasks = await asking(database, *(ways[n % len(ways)] for n in range(20)))
            assert order == []
        await asyncio.gather(*tasks)
        assert order == tasks


@pytest.mark.parametrize("newcomer", WAYS)
async def test_a_newcomer_overtakes_nobody(settings: Settings, newcomer: Ask) -> None:
    """Not even one who asks at the moment when a connection comes back."""
    async with pool_of(settings, 1) as database:
        async with database.driver():
            tasks = await asking(database, *WAYS)
            order = order_of(database)
        await newcomer(database)
        assert [task.done() for task in tasks] == [True] * 3
        assert len(order) == 4


async def test_sessions_and_drivers_share_a_small_pool(settings: Settings) -> None:
    async with pool_of(settings, 3) as database:
        await assert_whole(database, 3)  # and all are open now
        out, peak = 0, 0

        def taken(*_: object) -> None:
            nonlocal out, peak
            out += 1
            peak = max(peak, out)

        def returned(*_: object) -> None:
            nonlocal out
            out -= 1

        event.listen(database.engine.sync_engine, "checkout", taken)
        event.listen(database.engine.sync_engine, "checkin", returned)
        pids = await asyncio.gather(*(WAYS[n % 3](database) for n in range(200)))
        assert (len(pids), len(set(pids)), peak, out) == (200, 3, 3, 0)


@pytest.mark.parametrize("way", WAYS)
async def test_who_is_cancelled_while_it_waits_is_passed_over(settings: Settings, way: Ask) -> None:
    async with pool_of(settings, 1) as database:
        async with database.driver():
            leaver, *others = await asking(database, way, *WAYS)
            leaver.cancel()
            await asyncio.wait([leaver])
        await asyncio.gather(*others)
        await assert_whole(database, 1)


@pytest.mark.parametrize("way", WAYS)
async def test_who_is_cancelled_when_it_is_called_calls_the_next(
    settings: Settings, way: Ask
) -> None:
    async with pool_of(settings, 1) as database:
        async with database.driver():
            leaver, *others = await asking(database, way, *WAYS)
        leaver.cancel()
        await asyncio.gather(*others)
        assert leaver.cancelled()
        await assert_whole(database, 1)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("way", WAYS)
async def test_who_waits_too_long_is_turned_away(settings: Settings, way: Ask) -> None:
    async with pool_of(settings, 2) as database:
        async with database.driver(), database.driver():
            tasks = await asking(database, way, way, way)
            done, _ = await asyncio.wait(tasks, timeout=5)
            assert len(done) == 3
            for task in tasks:
                with pytest.raises(exc.TimeoutError, match="All 2 connections were in use"):
                    await task
        await assert_whole(database, 2)


@pytest.mark.parametrize("sooner", [0.01, -0.01])
async def test_who_is_cancelled_as_its_time_is_over(
    settings: Settings, sooner: float, patience: float, caplog: pytest.LogCaptureFixture
) -> None:
    async with pool_of(settings, 1) as database:
        async with database.driver():
            (task,) = await asking(database, by_driver)
            asyncio.get_running_loop().call_later(patience - sooner, task.cancel)
            time.sleep(1.25 * patience)  # noqa: ASYNC251 so that the loop finds both due at once
            await asyncio.wait([task])
        assert task.cancelled()
        assert caplog.messages == []
        await assert_whole(database, 1)


async def lose(driver: "asyncpg.Connection[asyncpg.Record]") -> int:
    async def closed() -> bool:
        return bool(driver.is_closed())

    pid: int = driver.get_server_pid()
    with pytest.raises(asyncpg.PostgresError):
        await driver.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    await eventually(closed)
    return pid


async def test_who_waits_for_a_connection_that_is_lost_gets_another(settings: Settings) -> None:
    async with pool_of(settings, 2) as database:
        async with database.driver() as one, database.driver() as other:
            tasks = await asking(database, *WAYS * 3)
            lost = {await lose(one), await lose(other)}
        pids = set(await asyncio.gather(*tasks))
        assert len(pids) == 2
        assert not pids & lost
        await assert_whole(database, 2)


async def test_where_none_can_be_opened_all_are_told(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    nowhere = settings.model_copy(
        update={"database_url": f"postgresql+asyncpg://postgres@127.0.0.1:{port}/shop"}
    )
    async with pool_of(nowhere, 1) as database:
        for task in await asking(database, *WAYS * 3):
            with pytest.raises(DatabaseUnavailable):
                await task


async def test_who_waits_for_a_pool_that_is_disposed_of_goes_on(settings: Settings) -> None:
    """With the next pool, once the connection that is still out has come back to be closed."""
    async with pool_of(settings, 1) as database:
        async with database.driver() as out:
            tasks = await asking(database, *WAYS * 3)
            await database.engine.dispose()
            assert not out.is_closed()
            old = out.get_server_pid()
        assert out.is_closed()
        assert old not in await asyncio.gather(*tasks)
        await assert_whole(database, 1)


async def test_a_session_of_a_disposed_pool_closes_its_connection(settings: Settings) -> None:
    async with pool_of(settings, 1) as database, database.reading() as session:
        connection = await (await session.connection()).get_raw_connection()
        driver = connection.driver_connection
        await database.engine.dispose()
        await session.close()
        assert driver is not None
        assert driver.is_closed()


def test_a_closed_database_serves_another_event_loop(settings: Settings) -> None:
    """As an application does that is served once more."""

    async def crowd(database: Database) -> None:
        await asyncio.gather(*(way(database) for way in WAYS * 3))
        await database.close()

    database = open_database(settings.model_copy(update={"pool_size": 1}))
    for _ in range(2):
        asyncio.run(crowd(database))


@pytest.mark.parametrize("endpoint", [one for one in WRITES if "login" not in one[1]], ids=" ".join)
async def test_who_may_not_write_is_refused_without_a_turn(
    settings: Settings, endpoint: tuple[str, str]
) -> None:
    body, _ = WRITES[endpoint]
    app = create_app(settings.model_copy(update={"pool_size": 1}))
    async with client_of(app) as client:
        async with app.state.database.driver():
            answer = await client.request(*endpoint, json=body())
        assert answer.status_code == 401
