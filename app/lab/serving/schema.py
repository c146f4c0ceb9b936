"""Changes to the schema of a private copy of the database."""

import asyncio
import threading
from collections.abc import Sequence

import asyncpg

from app.course.errors import CourseError
from app.lab.services.external import plain_url


class SchemaError(CourseError):
    title = "PostgreSQL refuses a statement"


def change_schema(database_url: str, statements: Sequence[str]) -> None:
    """Run ``statements`` one after the other, each in a transaction of its own, so that
    ``CREATE INDEX CONCURRENTLY`` and ``VACUUM`` work. Then the planner's statistics are renewed.

    Blocks. Raises ``SchemaError`` with the statement that PostgreSQL refuses.
    """
    failure: list[CourseError] = []

    def run() -> None:
        try:
            asyncio.run(_run(database_url, [*statements, "ANALYZE"]))
        except CourseError as error:
            failure.append(error)

    # A thread, since the caller may have an event loop running.
    thread = threading.Thread(target=run, name="course-schema")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


async def _run(database_url: str, statements: Sequence[str]) -> None:
    connection = await asyncpg.connect(plain_url(database_url))
    try:
        for statement in statements:
            try:
                await connection.execute(statement)
            except asyncpg.PostgresError as error:
                raise SchemaError(f"{error} The statement: {statement}") from None
    finally:
        await connection.close()
