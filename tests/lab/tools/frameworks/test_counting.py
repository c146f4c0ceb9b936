"""The proxy counts the work of any client of PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import asyncpg
import psycopg
import pytest

from app.lab.tools.frameworks.answers import collect_answers
from app.lab.tools.frameworks.counting import CountingProxy, counting_proxy


async def connect(proxy: CountingProxy) -> asyncpg.Connection:
    database = proxy.database
    return await asyncpg.connect(
        host=database["PGHOST"],
        port=int(database["PGPORT"]),
        user=database["PGUSER"],
        password=database["PGPASSWORD"] or None,
        database=database["PGDATABASE"],
        ssl=False,
    )


async def test_statements_rows_and_round_trips(database: dict[str, str]) -> None:
    async with counting_proxy(database) as proxy:
        connection = await connect(proxy)
        await connection.fetch("SELECT g FROM generate_series(1, 3) AS g")
        record = proxy.count()
        for _ in range(2):
            await connection.fetch("SELECT g FROM generate_series(1, 3) AS g")
        assert (record.statements, record.round_trips, record.rows) == (2, 2, 6)
        await connection.close()


async def test_transaction_control_counts_as_a_round_trip_only(database: dict[str, str]) -> None:
    async with counting_proxy(database) as proxy:
        connection = await connect(proxy)
        record = proxy.count()
        async with connection.transaction():
            await connection.execute("SELECT 1")
        assert (record.statements, record.round_trips) == (1, 3)
        await connection.close()


async def test_it_is_settled_once_no_transaction_is_open(database: dict[str, str]) -> None:
    async with counting_proxy(database) as proxy:
        connection = await connect(proxy)
        transaction = connection.transaction()
        await transaction.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("app.lab.tools.frameworks.counting.SETTLING_SECONDS", 0.05)
            await proxy.settled()  # times out
        record = proxy.count()
        await transaction.rollback()
        await proxy.settled()
        assert record.round_trips == 1
        await connection.close()


async def test_another_driver_is_counted_the_same_way(database: dict[str, str]) -> None:
    async with counting_proxy(database) as proxy:
        own = proxy.database
        connection = await psycopg.AsyncConnection.connect(
            host=own["PGHOST"],
            port=own["PGPORT"],
            user=own["PGUSER"],
            password=own["PGPASSWORD"],
            dbname=own["PGDATABASE"],
            sslmode=own["PGSSLMODE"],
            gssencmode=own["PGGSSENCMODE"],
            autocommit=True,
        )
        record = proxy.count()
        await connection.execute("SELECT generate_series(1, %s)", (3,))
        assert (record.statements, record.round_trips, record.rows) == (1, 1, 3)
        await connection.close()


async def test_what_others_do_meanwhile_is_not_counted(database: dict[str, str]) -> None:
    async with counting_proxy(database) as one, counting_proxy(database) as other:
        mine, theirs = await connect(one), await connect(other)
        record = one.count()
        await theirs.execute("SELECT 1")
        await mine.execute("SELECT 1")
        late = await connect(other)
        assert record.statements == 1
        for connection in (mine, theirs, late):
            await connection.close()


async def test_each_framework_is_counted_by_a_proxy_of_its_own(
    database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports: list[str] = []

    @asynccontextmanager
    async def none_start(
        starts: Sequence[Any], database_of: Callable[[Any], Mapping[str, str]], **_: object
    ) -> AsyncIterator[tuple[list[Any], list[Any]]]:
        ports.extend(database_of(start)["PGPORT"] for start in starts)
        yield [], []

    monkeypatch.setattr("app.lab.tools.frameworks.answers.serve_all", none_start)
    starts: list[Any] = [SimpleNamespace(framework=SimpleNamespace(slug=slug)) for slug in "ab"]
    await collect_answers(starts, database)
    assert len(set(ports)) == 2
