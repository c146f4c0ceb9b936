"""Every kind of conversation with PostgreSQL, counted on a live server."""

from decimal import Decimal
from io import BytesIO

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.lab.wire.postgres_tap import Tap, install, rows_at_end, rows_of_tag
from app.shop.settings import Settings
from tests.lab.wire.conftest import Count

THREE_ROWS = text("SELECT g FROM generate_series(1, 3) AS g")


async def test_a_transaction_takes_three_round_trips(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            await connection.execute(THREE_ROWS)

    work = (await count(handler, engine)).work
    assert (work.statements, work.round_trips, work.rows, work.connections) == (1, 3, 3, 0)


async def test_autocommit_takes_one(engine: AsyncEngine, count: Count) -> None:
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def handler() -> None:
        async with reading.connect() as connection:
            await connection.execute(THREE_ROWS)

    work = (await count(handler, engine)).work
    assert (work.statements, work.round_trips, work.rows) == (1, 1, 3)


async def test_a_ping_is_a_round_trip_and_no_statement(settings: Settings, count: Count) -> None:
    engine = create_async_engine(settings.database_url, pool_pre_ping=True)

    async def handler() -> None:
        for _ in range(2):  # the first ping of a connection is prepared, the second is not
            async with engine.connect() as connection:
                await connection.execute(THREE_ROWS)

    with_pings = (await count(handler, engine)).work
    assert with_pings.statements == 2
    assert with_pings.round_trips == 12


async def test_each_connection_is_counted(settings: Settings, count: Count) -> None:
    engine = create_async_engine(settings.database_url, poolclass=NullPool)

    async def handler() -> None:
        for _ in range(3):
            async with engine.connect() as connection:
                await connection.execute(THREE_ROWS)

    assert (await count(handler, engine)).work.connections == 3


async def test_rows_are_counted_across_chunks(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            query = "SELECT repeat('x', 1000) FROM generate_series(1, 2000)"
            await connection.execute(text(query))

    work = (await count(handler, engine)).work
    assert work.rows == 2000
    assert work.sql_bytes > 2_000_000


async def test_executemany_counts_every_statement(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> None:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TEMP TABLE IF NOT EXISTS t (a int)"))
            rows = [{"a": number} for number in range(5000)]
            await connection.execute(text("INSERT INTO t VALUES (:a)"), rows)

    work = (await count(handler, engine)).work
    assert (work.statements, work.rows) == (5001, 5000)
    assert work.round_trips == 4  # BEGIN, CREATE, the 5,000 at once, COMMIT


async def test_copy_is_one_statement_and_two_round_trips(settings: Settings, count: Count) -> None:
    plain = settings.database_url.replace("+asyncpg", "")

    async def handler() -> None:
        connection = await asyncpg.connect(plain)
        await connection.execute("CREATE TEMP TABLE t (a int)")
        await connection.copy_to_table("t", source=BytesIO(b"1\n" * 20_000))
        await connection.close()

    seen = await count(handler, warm=False)
    assert (seen.work.statements, seen.work.rows, seen.work.connections) == (2, 20_000, 1)
    assert seen.work.round_trips == 3
    assert [span.kind for span in seen.spans] == ["connect", "statement", "statement", "copy"]


async def test_a_failing_statement_counts_and_brings_no_rows(
    engine: AsyncEngine, count: Count
) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1 / 0"))

    seen = await count(handler, engine)
    assert (seen.status, seen.work.statements, seen.work.rows) == (500, 1, 0)
    assert seen.exception is not None
    assert "division by zero" in seen.exception


async def test_spans_tell_the_statements_in_order(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await connection.execute(THREE_ROWS)

    seen = await count(handler, engine)
    assert [span.kind for span in seen.spans] == [
        "transaction",
        "statement",
        "statement",
        "transaction",
    ]
    assert seen.statements == ("SELECT 1", "SELECT g FROM generate_series(1, 3) AS g")
    ends = [moment for span in seen.spans for moment in (span.start, span.end)]
    assert ends == sorted(ends)


def test_installing_twice_is_installing_once() -> None:
    install()
    once = asyncpg.protocol.Protocol
    install()
    assert asyncpg.protocol.Protocol is once


def test_messages_split_anywhere_are_counted_once() -> None:
    query = b"Q" + (4 + 9).to_bytes(4) + b"SELECT 1\0"
    for cut in range(1, len(query)):
        tap = Tap(None)
        executed: list[str] = []
        tap._execute = executed.append  # type: ignore[method-assign, assignment]
        tap.sent(b"the first message has no type")
        tap.sent(query[:cut])
        tap.sent(query[cut:] + query)
        assert len(executed) == 2, f"cut after {cut} bytes"


@pytest.mark.parametrize(
    ("tag", "rows"),
    [(b"SELECT 20", 20), (b"INSERT 0 3", 3), (b"COPY 7", 7), (b"BEGIN", 0), (b"CREATE TABLE", 0)],
)
def test_rows_of_a_command_tag(tag: bytes, rows: int) -> None:
    assert rows_of_tag(tag) == rows
    complete = b"C" + (4 + len(tag) + 1).to_bytes(4) + tag + b"\0" + b"Z\0\0\0\5I"
    assert rows_at_end(b"D\0\0\0\4" + complete) == rows


async def test_a_span_has_the_values_of_its_statement(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            await connection.execute(
                text(
                    "SELECT CAST(:a AS integer), CAST(:b AS text), CAST(:c AS bigint), "
                    "CAST(:d AS boolean), CAST(:e AS double precision), CAST(:f AS numeric)"
                ),
                {"a": -7, "b": "O'Hara", "c": None, "d": True, "e": 0.5, "f": Decimal("1.5")},
            )

    seen = await count(handler, engine)
    [statement] = [span for span in seen.spans if span.kind == "statement"]
    assert statement.parameters == ("-7", "'O''Hara'", "NULL", "true", "0.5", None)


async def test_a_statement_of_the_drivers_own_has_its_values_too(
    engine: AsyncEngine, count: Count
) -> None:
    async def handler() -> None:
        async with engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.fetch("SELECT $1::int4, $2::text", 20, "x" * 30)

    seen = await count(handler, engine)
    assert [span.parameters for span in seen.spans if span.kind == "statement"] == [
        ("20", f"'{'x' * 23}…'")
    ]


async def test_values_longer_than_a_write_are_left_out(engine: AsyncEngine, count: Count) -> None:
    async def handler() -> int:
        async with engine.connect() as connection:
            sql = text("SELECT length(CAST(:a AS text))")
            return await connection.scalar(sql, {"a": "x" * 2_000_000}) or 0

    assert (await count(handler, engine)).answer == 2_000_000
