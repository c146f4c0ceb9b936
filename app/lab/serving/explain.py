"""Asks PostgreSQL for the plans of a request's statements, with the values they were sent with.

Over a connection of libpq's, which takes parameters in the form in which they were sent: whatever
driver sent them, and whatever their types are, they arrive as they did the first time.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from psycopg import pq

from app.course.errors import CourseError
from app.lab.services.external import plain_url
from app.lab.serving.plan import Node
from app.lab.serving.plans import Explained, Plans
from app.lab.wire.queries import Query

MOST = 100
"""Different executions that are explained."""
_SETTINGS = b"SET LOCAL statement_timeout = '60s'; SET LOCAL max_parallel_workers_per_gather = 0"
"""Of a step that ran several times PostgreSQL gives the mean, rounded: parallel workers would make
counts inexact."""
_READ_ONLY = b"25006"
"""The SQLSTATE of a statement that writes where nothing may be written."""


async def explain(database_url: str, queries: Sequence[Query]) -> Plans:
    """The plan of each different execution, in the order of the first of its kind.

    What reads is executed once more, in a transaction that may not write and without parallel
    workers. What writes is only planned. Raises ``CourseError`` where PostgreSQL does not answer,
    and for more than ``MOST``.
    """
    times = Counter(replace(query, sent_by="") for query in queries)
    if len(times) > MOST:
        raise CourseError(
            f"The request executes {len(queries):,} statements, {len(times):,} of them different; "
            f"at most {MOST} are explained."
        )
    firsts = {replace(query, sent_by=""): query for query in reversed(queries)}
    ordered = [firsts[key] for key in times]
    found = await asyncio.to_thread(_explain, database_url, ordered)
    return Plans(
        replace(one, times=count) for one, count in zip(found, times.values(), strict=True)
    )


async def explain_sql(database_url: str, sql: str) -> Plans:
    """The plan of one statement without parameters. Raises ``CourseError`` where PostgreSQL does
    not answer or does not accept it."""
    plans = await explain(database_url, [Query(sql.rstrip().rstrip(";"))])
    if problem := plans[0].problem:
        raise CourseError(f"It cannot be explained: {problem}.")
    return plans


def _explain(database_url: str, queries: Sequence[Query]) -> list[Explained]:
    with _connection(database_url) as connection:
        return [_explained(connection, query) for query in queries]


def _explained(connection: pq.abc.PGconn, query: Query) -> Explained:
    result = _plan(connection, query, "ANALYZE, VERBOSE, BUFFERS, TIMING OFF, SUMMARY ON")
    if result.error_field(pq.DiagnosticField.SQLSTATE) == _READ_ONLY:
        result = _plan(connection, query, "VERBOSE, SUMMARY ON")
    shown = " ".join(query.text.split())
    if result.status != pq.ExecStatus.TUPLES_OK:
        reason = result.get_error_message("utf-8").strip().splitlines()[0]
        return Explained(shown, query.sent_by, problem=reason.removeprefix("ERROR:").strip())
    (plan,) = json.loads(result.get_value(0, 0) or b"[]")
    return Explained(
        shown, query.sent_by, Node.of(plan["Plan"]), milliseconds=plan.get("Execution Time")
    )


def _plan(connection: pq.abc.PGconn, query: Query, options: str) -> pq.abc.PGresult:
    connection.exec_(b"BEGIN READ ONLY")
    connection.exec_(_SETTINGS)
    try:
        return connection.exec_params(
            f"EXPLAIN ({options}, FORMAT JSON) {query.text}".encode(),
            query.values,
            query.types or None,
            query.formats or None,
        )
    finally:
        connection.exec_(b"ROLLBACK")


@contextmanager
def _connection(database_url: str) -> Iterator[pq.abc.PGconn]:
    connection = pq.PGconn.connect(plain_url(database_url).encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            reason = connection.get_error_message("utf-8").strip()
            raise CourseError(f"PostgreSQL does not answer: {reason}.")
        yield connection
    finally:
        connection.finish()
