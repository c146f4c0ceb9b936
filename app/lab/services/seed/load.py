"""Loads the shop's rows into an empty database."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import chain

import asyncpg

from app.lab.services.seed.schema import Schema, shop_schema
from app.lab.services.seed.tables import COLUMNS, Tables, build_tables

Progress = Callable[[str, float], None]

# The share of the total time at which each table's COPY starts; order_lines takes longest.
STARTS = {
    "categories": 0.40,
    "accounts": 0.41,
    "products": 0.42,
    "orders": 0.43,
    "order_lines": 0.45,
    "posts": 0.65,
    "comments": 0.75,
}


async def load_shop(dsn: str, report: Progress) -> None:
    """Fill the empty database at ``dsn`` with the shop's tables and all their rows.

    ``report`` is called with the current step and the fraction done (0 to 1).
    """
    report("Reading the data set", 0.0)
    tables = await asyncio.to_thread(build_tables)
    schema = shop_schema()
    connection = await asyncpg.connect(dsn)
    try:
        await execute(connection, schema.tables)
        await copy_tables(dsn, connection, tables, schema, report)
        report("Adding foreign keys", 0.9)
        await execute(connection, chain(schema.foreign_keys, map(advance_sequence, COLUMNS)))
        report("Gathering statistics", 0.95)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    report("The shop's data is ready", 1.0)


async def copy_tables(
    dsn: str,
    connection: "asyncpg.Connection[asyncpg.Record]",
    tables: Tables,
    schema: Schema,
    report: Progress,
) -> None:
    """COPY each table; PostgreSQL indexes it while Python generates the rows of the next."""
    indexing = await asyncpg.connect(dsn)
    pending = asyncio.create_task(asyncio.sleep(0))
    try:
        for table, fraction in STARTS.items():
            report(f"Copying {table}", fraction)
            rows = await asyncio.to_thread(tables.rows, table)
            await connection.copy_records_to_table(table, records=rows, columns=COLUMNS[table])
            await pending
            pending = asyncio.create_task(execute(indexing, schema.keys[table]))
        await pending
    finally:
        pending.cancel()
        await asyncio.gather(pending, return_exceptions=True)
        await indexing.close()


async def execute(
    connection: "asyncpg.Connection[asyncpg.Record]", statements: Iterable[str]
) -> None:
    for statement in statements:
        await connection.execute(statement)


def advance_sequence(table: str) -> str:
    """SQL that makes a table's next generated ID one above its highest."""
    return f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
