from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from app.course.errors import CourseError
from app.lab.services.seed.source import read_source
from app.lab.services.seed.tables import COLUMNS, Tables
from app.shop.models import Base

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def shop(shop_dsn: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(shop_dsn)
    yield connection
    await connection.close()


@pytest.mark.parametrize("table", COLUMNS)
async def test_the_database_holds_every_row(shop: Connection, tables: Tables, table: str) -> None:
    count = await shop.fetchval(f"SELECT count(*) FROM {table}")
    assert count == sum(1 for _ in tables.rows(table))


async def test_a_row_is_stored_unchanged(shop: Connection, tables: Tables) -> None:
    for table, columns in COLUMNS.items():
        generated = list(tables.rows(table))[-1]
        stored = await shop.fetchrow(
            f"SELECT {', '.join(columns)} FROM {table} WHERE id = $1", generated[0]
        )
        assert stored is not None
        assert tuple(stored) == generated


async def test_the_database_has_every_constraint_and_index_of_the_models(
    shop: Connection,
) -> None:
    tables = Base.metadata.tables.values()
    expected = {str(constraint.name) for table in tables for constraint in table.constraints}
    expected |= {str(index.name) for table in tables for index in table.indexes}
    found = await shop.fetch(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " AND contype <> 'n' AND convalidated"
        " UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
    )
    assert {row[0] for row in found} == expected


@pytest.mark.parametrize("table", COLUMNS)
async def test_the_next_id_is_free(shop: Connection, table: str) -> None:
    highest = await shop.fetchval(f"SELECT max(id) FROM {table}")
    following = await shop.fetchval(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")
    assert following > highest


async def test_the_planner_has_statistics_on_every_table(shop: Connection) -> None:
    found = await shop.fetch("SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'public'")
    assert {row[0] for row in found} == set(COLUMNS)


async def test_index_only_scans_are_possible(shop: Connection) -> None:
    """Without VACUUM no page is marked all-visible, and every scan visits the table."""
    pages, visible = await shop.fetchrow(
        "SELECT relpages, relallvisible FROM pg_class WHERE oid = 'order_lines'::regclass"
    ) or (0, 0)
    # COPY leaves a few empty pages at the end, which are not all-visible.
    assert visible > 0.95 * pages > 0


async def test_a_product_is_found_by_a_prefix(
    shop: Connection,
) -> None:
    names = await shop.fetch(
        "SELECT name FROM products WHERE search @@ to_tsquery('simple', 'lant:*')"
    )
    assert len(names) > 10
    assert all("lant" in row["name"].lower() for row in names)


async def test_the_database_is_small_enough_to_copy_for_each_notebook(
    shop: Connection,
) -> None:
    assert await shop.fetchval("SELECT pg_database_size(current_database())") < 100_000_000


async def test_no_order_is_empty_and_prices_have_pence(
    shop: Connection,
) -> None:
    empty = await shop.fetchval(
        "SELECT count(*) FROM orders WHERE NOT EXISTS"
        " (SELECT FROM order_lines WHERE order_id = orders.id)"
    )
    assert empty == 0
    first = await shop.fetchval("SELECT unit_price FROM order_lines WHERE id = 1")
    assert first == Decimal("2.55")


def test_a_missing_data_set_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="data set is missing"):
        next(read_source(tmp_path / "absent.csv.xz"))
