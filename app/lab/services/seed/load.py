"""The shop's rows into an empty database."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import chain

import asyncpg

from app.lab.services.seed.schema import Schema, shop_schema
from app.lab.services.seed.tables import COLUMNS, Tables, build_tables

Progress = Callable[[str, float], None]

# The share of the whole time at which each table's COPY begins; order_lines is the long one.
BEGINS = {
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

    ``report`` is called with what is being done and the fraction of the work behind it (0 to 1).
    """
    report("Reading the data set", 0.0)
    tables = await asyncio.to_thread(build_tables)
    schema = shop_schema()
    connection = await asyncpg.connect(dsn)
    try:
        await execute(connection, schema.tables)
        await copy_tables(dsn, connection, tables, schema, report)
        report("Foreign keys", 0.9)
        await execute(connection, chain(schema.foreign_keys, map(sequence_past_rows, COLUMNS)))
        report("Statistics", 0.95)
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
    """COPY each table; PostgreSQL indexes one while Python makes the rows of the next."""
    indexing = await asyncpg.connect(dsn)
    pending = asyncio.create_task(asyncio.sleep(0))
    try:
        for table, begins in BEGINS.items():
            report(f"Copying {table}", begins)
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


def sequence_past_rows(table: str) -> str:
    """The next id the table hands out is one above the highest it has."""
    return f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
