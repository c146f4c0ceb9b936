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
from tests.shop.test_request_costs import WRITES

Query = Callable[[Database], Awaitable[int]]


async def by_driver(database: Database) -> int:
    """The process id of the connection's backend, as in the other queries."""
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


QUERIES = (by_driver, by_session, by_transaction)


@asynccontextmanager
async def pool_of(settings: Settings, size: int) -> AsyncIterator[Database]:
    database = open_database(settings.model_copy(update={"pool_size": size}))
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> float:
    """A short timeout of the limiter in seconds. That for opening connections is not changed."""

    class ShortLimiter(Limiter):
        def __init__(self, size: int, _: float) -> None:
            super().__init__(size, 0.2)

    monkeypatch.setattr("app.shop.database.Limiter", ShortLimiter)
    return 0.2


async def start_tasks(database: Database, *queries: Query) -> list[asyncio.Task[int]]:
    """One task per query, each of which has acquired a connection or waits for one."""
    tasks = [asyncio.ensure_future(query(database)) for query in queries]
    await asyncio.sleep(0)
    return tasks


def acquisition_order(database: Database) -> list[asyncio.Task[int] | None]:
    """The tasks in the order in which they acquire connections, as far as they have."""
    order: list[asyncio.Task[int] | None] = []

    def on_checkout(*_: object) -> None:
        order.append(asyncio.current_task())

    event.listen(database.engine.sync_engine, "checkout", on_checkout)
    return order


async def assert_all_available(database: Database, size: int) -> None:
    """All connections can be acquired at the same time, and no more."""
    async with AsyncExitStack() as stack:
        for _ in range(size):
            async with asyncio.timeout(5):
                await stack.enter_async_context(database.driver())
        (one_more,) = await start_tasks(database, by_driver)
        assert not one_more.done()
        one_more.cancel()
        await asyncio.wait([one_more])


@pytest.mark.parametrize("queries", [(by_driver,), QUERIES])
async def test_waiters_acquire_connections_first_come_first_served(
    settings: Settings, queries: tuple[Query, ...]
) -> None:
    async with pool_of(settings, 2) as database:
        await assert_all_available(database, 2)
        async with database.driver(), database.driver():
            order = acquisition_order(database)
            tasks = await start_tasks(database, *(queries[n % len(queries)] for n in range(20)))
            assert order == []
        await asyncio.gather(*tasks)
        assert order == tasks


@pytest.mark.parametrize("new_caller", QUERIES)
async def test_a_new_caller_does_not_overtake_waiters(
    settings: Settings, new_caller: Query
) -> None:
    """Not even if it arrives at the moment when a connection is released."""
    async with pool_of(settings, 1) as database:
        async with database.driver():
            tasks = await start_tasks(database, *QUERIES)
            order = acquisition_order(database)
        await new_caller(database)
        assert [task.done() for task in tasks] == [True] * 3
        assert len(order) == 4


async def test_sessions_and_driver_connections_share_a_small_pool(settings: Settings) -> None:
    async with pool_of(settings, 3) as database:
        await assert_all_available(database, 3)  # and opens all of them
        checked_out, peak = 0, 0

        def on_checkout(*_: object) -> None:
            nonlocal checked_out, peak
            checked_out += 1
            peak = max(peak, checked_out)

        def on_checkin(*_: object) -> None:
            nonlocal checked_out
            checked_out -= 1

        event.listen(database.engine.sync_engine, "checkout", on_checkout)
        event.listen(database.engine.sync_engine, "checkin", on_checkin)
        pids = await asyncio.gather(*(QUERIES[n % 3](database) for n in range(200)))
        assert (len(pids), len(set(pids)), peak, checked_out) == (200, 3, 3, 0)


@pytest.mark.parametrize("query", QUERIES)
async def test_a_cancelled_waiter_is_skipped(settings: Settings, query: Query) -> None:
    async with pool_of(settings, 1) as database:
        async with database.driver():
            cancelled, *others = await start_tasks(database, query, *QUERIES)
            cancelled.cancel()
            await asyncio.wait([cancelled])
        await asyncio.gather(*others)
        await assert_all_available(database, 1)


@pytest.mark.parametrize("query", QUERIES)
async def test_a_waiter_cancelled_after_its_wakeup_wakes_the_next_one(
    settings: Settings, query: Query
) -> None:
    async with pool_of(settings, 1) as database:
        async with database.driver():
            cancelled, *others = await start_tasks(database, query, *QUERIES)
        cancelled.cancel()
        await asyncio.gather(*others)
        assert cancelled.cancelled()
        await assert_all_available(database, 1)


@pytest.mark.usefixtures("short_timeout")
@pytest.mark.parametrize("query", QUERIES)
async def test_a_waiter_that_exceeds_the_timeout_gets_a_timeout_error(
    settings: Settings, query: Query
) -> None:
    async with pool_of(settings, 2) as database:
        async with database.driver(), database.driver():
            tasks = await start_tasks(database, query, query, query)
            done, _ = await asyncio.wait(tasks, timeout=5)
            assert len(done) == 3
            for task in tasks:
                with pytest.raises(exc.TimeoutError, match="All 2 connections were in use"):
                    await task
        await assert_all_available(database, 2)


@pytest.mark.parametrize("sooner", [0.01, -0.01])
async def test_a_waiter_cancelled_at_its_timeout_leaks_no_connection(
    settings: Settings, sooner: float, short_timeout: float, caplog: pytest.LogCaptureFixture
) -> None:
    async with pool_of(settings, 1) as database:
        async with database.driver():
            (task,) = await start_tasks(database, by_driver)
            asyncio.get_running_loop().call_later(short_timeout - sooner, task.cancel)
            time.sleep(1.25 * short_timeout)  # noqa: ASYNC251 so that both are due at once
            await asyncio.wait([task])
        assert task.cancelled()
        assert caplog.messages == []
        await assert_all_available(database, 1)


async def terminate(driver: "asyncpg.Connection[asyncpg.Record]") -> int:
    async def closed() -> bool:
        return bool(driver.is_closed())

    pid: int = driver.get_server_pid()
    with pytest.raises(asyncpg.PostgresError):
        await driver.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    await eventually(closed)
    return pid


async def test_waiters_for_a_lost_connection_get_a_new_one(settings: Settings) -> None:
    async with pool_of(settings, 2) as database:
        async with database.driver() as one, database.driver() as other:
            tasks = await start_tasks(database, *QUERIES * 3)
            lost = {await terminate(one), await terminate(other)}
        pids = set(await asyncio.gather(*tasks))
        assert len(pids) == 2
        assert not pids & lost
        await assert_all_available(database, 2)


async def test_all_waiters_get_an_error_if_no_connection_can_be_opened(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    nowhere = settings.model_copy(
        update={"database_url": f"postgresql+asyncpg://postgres@127.0.0.1:{port}/shop"}
    )
    async with pool_of(nowhere, 1) as database:
        for task in await start_tasks(database, *QUERIES * 3):
            with pytest.raises(DatabaseUnavailable):
                await task


async def test_waiters_continue_after_their_pool_is_disposed(settings: Settings) -> None:
    """With the new pool, once the connection acquired from the old one is released and closed."""
    async with pool_of(settings, 1) as database:
        async with database.driver() as acquired:
            tasks = await start_tasks(database, *QUERIES * 3)
            await database.engine.dispose()
            assert not acquired.is_closed()
            old = acquired.get_server_pid()
        assert acquired.is_closed()
        assert old not in await asyncio.gather(*tasks)
        await assert_all_available(database, 1)


async def test_a_session_of_a_disposed_pool_closes_its_connection(settings: Settings) -> None:
    async with pool_of(settings, 1) as database, database.reading() as session:
        connection = await (await session.connection()).get_raw_connection()
        driver = connection.driver_connection
        await database.engine.dispose()
        await session.close()
        assert driver is not None
        assert driver.is_closed()


def test_a_closed_database_can_be_used_in_another_event_loop(settings: Settings) -> None:
    """As an application does that is started again."""

    async def run_queries(database: Database) -> None:
        await asyncio.gather(*(query(database) for query in QUERIES * 3))
        await database.close()

    database = open_database(settings.model_copy(update={"pool_size": 1}))
    for _ in range(2):
        asyncio.run(run_queries(database))


@pytest.mark.parametrize("endpoint", [one for one in WRITES if "login" not in one[1]], ids=" ".join)
async def test_an_unauthorized_write_is_rejected_without_a_connection(
    settings: Settings, endpoint: tuple[str, str]
) -> None:
    body, _ = WRITES[endpoint]
    app = create_app(settings.model_copy(update={"pool_size": 1}))
    async with client_of(app) as client:
        async with app.state.database.driver():
            response = await client.request(*endpoint, json=body())
        assert response.status_code == 401
