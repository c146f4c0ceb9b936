"""The WAL that a request makes PostgreSQL write, counted on a live server and against what that
server says of itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.course.network import Network
from app.course.wal import Wal
from app.lab.serving.exchange import Exchange, exchange
from app.lab.wire.wal import WalMeter
from app.shop.settings import Settings
from tests.lab.wire.conftest import Handler, served

INSERT = "INSERT INTO walled SELECT n, 'text' FROM generate_series(1, 500) AS n"

Weigh = Callable[..., Awaitable[Exchange]]


@pytest.fixture(autouse=True)
async def table(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """An empty table; the connection watches what others write."""
    connection = await asyncpg.connect(dsn)
    if connection.get_server_version().major < 18:
        pytest.skip("Only PostgreSQL 18 and later counts WAL for each connection.")
    await connection.execute("CREATE TABLE walled (a int, b text)")
    yield connection
    await connection.execute("DROP TABLE walled")
    await connection.close()


@pytest.fixture
def weigh() -> Weigh:
    """The exchange of a warm request, with its WAL unless ``instruments`` says otherwise."""

    async def one(
        handler: Handler,
        engine: AsyncEngine | None = None,
        *,
        network: Network | None = None,
        instruments: tuple[str, ...] = ("wal",),
    ) -> Exchange:
        with served(handler, engine, network=network) as server:
            await exchange(server, "/")
            return await exchange(server, "/", instruments=instruments)

    return one


async def written(observer: asyncpg.Connection, pid: int) -> Wal:
    """What a server process has published so far, as another one reads it."""
    row = await observer.fetchrow(
        "SELECT wal_bytes::bigint, wal_records, wal_fpi FROM pg_stat_get_backend_wal($1)", pid
    )
    assert row is not None
    return Wal(*row)


async def test_the_count_is_the_servers_own_and_that_of_one_connection_alone(
    engine: AsyncEngine, table: asyncpg.Connection
) -> None:
    async def handler() -> int:
        async with engine.begin() as connection:
            await connection.execute(text(INSERT))
            return await connection.scalar(text("SELECT pg_backend_pid()")) or 0

    with served(handler, engine) as server:
        await exchange(server, "/")
        before = await exchange(server, "/", instruments=["wal"])
        earlier = await written(table, before.answer)
        seen, _ = await asyncio.gather(
            exchange(server, "/", instruments=["wal"]), table.execute(INSERT)
        )
        assert seen.answer == before.answer
        assert seen.wal == await written(table, seen.answer) - earlier
    assert seen.wal is not None
    assert seen.wal.records >= 501  # a row each, and the commit


async def test_the_count_is_that_of_explain_and_the_commit(
    engine: AsyncEngine, weigh: Weigh
) -> None:
    told: list[dict[str, Any]] = []

    async def handler() -> None:
        async with engine.begin() as connection:
            plan = await connection.scalar(text(f"EXPLAIN (ANALYZE, WAL, FORMAT JSON) {INSERT}"))
            assert plan is not None
            told.append(plan[0]["Plan"])

    seen = await weigh(handler, engine)
    assert seen.wal is not None
    assert seen.wal.records == told[-1]["WAL Records"] + 1
    assert 0 < seen.wal.bytes - told[-1]["WAL Bytes"] < 300
    assert seen.wal.full_page_images == told[-1].get("WAL FPI", 0)


async def test_a_request_that_only_reads_writes_none(engine: AsyncEngine, weigh: Weigh) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    assert (await weigh(handler, engine)).wal == Wal()


async def test_what_is_rolled_back_has_been_written_all_the_same(
    engine: AsyncEngine, weigh: Weigh
) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            await connection.execute(text(INSERT))
            await connection.rollback()

    seen = await weigh(handler, engine)
    assert seen.wal is not None
    assert seen.wal.records >= 500


async def test_several_connections_are_added_up(engine: AsyncEngine, weigh: Weigh) -> None:
    async def handler() -> None:
        async with engine.connect() as one, engine.connect() as other:
            for connection in (one, other):
                await connection.execute(text(INSERT))
                await connection.commit()

    seen = await weigh(handler, engine)
    assert seen.wal is not None
    assert seen.wal.records == 1002


async def test_counting_changes_nothing_else(engine: AsyncEngine, weigh: Weigh) -> None:
    async def handler() -> str:
        async with engine.begin() as connection:
            await connection.execute(text(INSERT))
            return str(await connection.scalar(text("SELECT repeat('Z', 200000)")))

    with_wal = await weigh(handler, engine)
    without = await weigh(handler, engine, instruments=())
    assert with_wal.wal is not None
    assert without.wal is None
    assert with_wal.work == without.work
    assert with_wal.answer == without.answer
    assert [span.text for span in with_wal.spans] == [span.text for span in without.spans]
    assert "bytes of WAL" in with_wal.counters().headers
    assert "bytes of WAL" not in without.counters().headers


async def test_copy_is_counted(engine: AsyncEngine, weigh: Weigh) -> None:
    async def handler() -> None:
        async with engine.begin() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            records = [(number, "text" * 50) for number in range(20_000)]
            await driver.copy_records_to_table("walled", records=records)

    seen = await weigh(handler, engine)
    assert seen.wal is not None
    assert 20_000 * 200 < seen.wal.bytes < 20_000 * 250
    assert seen.wal.records < 2_000  # many rows in each


async def test_counting_takes_no_time_over_a_network(engine: AsyncEngine, weigh: Weigh) -> None:
    """The application waits for its own answers only: three round trips."""

    async def handler() -> None:
        async with engine.begin() as connection:
            await connection.execute(text(INSERT))

    seen = await weigh(handler, engine, network=Network(delay=0.2))
    assert seen.wal is not None
    assert seen.seconds < 0.2 * 4


async def test_it_is_unknown_where_the_connection_was_closed(
    settings: Settings, weigh: Weigh
) -> None:
    engine = create_async_engine(settings.database_url, poolclass=NullPool)

    async def handler() -> None:
        async with engine.begin() as connection:
            await connection.execute(text(INSERT))

    seen = await weigh(handler)
    assert seen.wal is None
    assert "unknown" in str(seen)


async def test_it_is_unknown_where_another_request_has_begun_a_transaction(dsn: str) -> None:
    opened: list[asyncpg.Connection] = []

    async def handler() -> None:
        if not opened:
            opened.append(await asyncpg.connect(dsn))
            await opened[0].execute("BEGIN")
        await opened[0].execute(INSERT)

    with served(handler) as server:
        await exchange(server, "/")
        assert (await exchange(server, "/", instruments=["wal"])).wal is None
        opened[0].terminate()
        await asyncio.sleep(0)


# What arrives, taken apart. The messages are those of PostgreSQL's protocol.


def message(kind: bytes, content: bytes = b"") -> bytes:
    return kind + (4 + len(content)).to_bytes(4) + content


def row(*columns: bytes) -> bytes:
    fields = b"".join(len(column).to_bytes(4) + column for column in columns)
    return message(b"D", len(columns).to_bytes(2) + fields)


READY = message(b"Z", b"I")
NOTICE = message(b"N", b"a notice\0")
PUBLISHED = message(b"T", b"...") + row(b"") + message(b"C", b"SELECT 1\0") + READY
READ = (
    message(b"T", b"...") + row(b"77", b"1000", b"20", b"3") + message(b"C", b"SELECT 1\0") + READY
)
ERROR = message(b"E", b"no such function\0") + READY
FOR_THE_APPLICATION = message(b"T", b"...") + row(b"Z\0\0\0\5I") + message(b"C", b"x\0") + READY


def idle_meter() -> WalMeter:
    meter = WalMeter()
    meter.connected(lambda _: None)
    assert meter.received(READY) == READY
    return meter


async def test_answers_are_taken_out_wherever_they_are_cut() -> None:
    data = PUBLISHED + NOTICE + READ + FOR_THE_APPLICATION
    for cut in range(len(data) + 1):
        meter = idle_meter()
        reading = meter.read()
        passed_on = meter.received(data[:cut]) + meter.received(data[cut:])
        assert passed_on == NOTICE + FOR_THE_APPLICATION, f"cut after {cut} bytes"
        assert await reading == (77, Wal(1000, 20, 3))


async def test_two_readings_in_a_row_are_told_apart() -> None:
    meter = idle_meter()
    one, other = meter.read(), meter.read()
    assert meter.received((PUBLISHED + READ) * 2) == b""
    assert await one == await other == (77, Wal(1000, 20, 3))
    assert meter.received(FOR_THE_APPLICATION) == FOR_THE_APPLICATION


async def test_an_older_server_leaves_it_unknown() -> None:
    meter = idle_meter()
    reading = meter.read()
    assert meter.received(ERROR + ERROR + FOR_THE_APPLICATION) == FOR_THE_APPLICATION
    assert await reading is None


@pytest.mark.parametrize("status", [b"T", b"E"])
async def test_nothing_is_sent_within_a_transaction(status: bytes) -> None:
    sent: list[bytes] = []
    meter = WalMeter()
    meter.connected(sent.append)
    meter.received(message(b"Z", status))
    assert await meter.read() is None
    assert sent == []


async def test_a_connection_that_is_lost_answers_nobody() -> None:
    meter = idle_meter()
    reading = meter.read()
    meter.lost()
    assert await reading is None
    assert await meter.read() is None
