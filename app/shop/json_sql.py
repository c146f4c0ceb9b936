"""JSON responses that PostgreSQL serializes."""

from fastapi import Response

from app.shop.database import Database


def json_response(body: str | bytes) -> Response:
    """A response with an already serialized ``body``.

    An endpoint that returns a response skips FastAPI's serialization; its ``response_model`` then
    only serves the documentation.
    """
    return Response(body, media_type="application/json")


def utc(column: str) -> str:
    """SQL that formats a ``timestamptz`` like Pydantic: ``2010-12-01T08:26:00Z``, with
    microseconds only if they are not zero."""
    written = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f"replace({written}, '.000000Z', 'Z')"


def json_array(rows: str, order: str = "id") -> str:
    """SQL that aggregates the rows of the query ``rows`` into one JSON array, possibly empty.

    Put the ``LIMIT`` inside ``rows``, so that only the returned rows are aggregated. Aggregating
    rows takes less time and memory than ``json_build_object``, and a third of the time of
    ``jsonb``.
    """
    return f"(SELECT coalesce(json_agg(item ORDER BY item.{order}), '[]') FROM ({rows}) AS item)"


def json_row(rows: str) -> str:
    """SQL that makes the only row of the query ``rows`` a JSON object; null without a row."""
    return f"(SELECT row_to_json(item) FROM ({rows}) AS item)"


def json_list(rows: str, order: str = "id") -> str:
    """A statement that returns the rows as the text of a JSON array."""
    return f"SELECT {json_array(rows, order)}::text"


def json_object(rows: str) -> str:
    """A statement that returns its row as the text of a JSON object, or no row."""
    return f"SELECT row_to_json(item)::text FROM ({rows}) AS item"


async def fetch_json(database: Database, statement: str, *values: object) -> str:
    """The result of a ``json_list`` statement."""
    body: str = await database.fetch_value(statement, *values)
    return body


async def find_json(database: Database, statement: str, *values: object) -> str | None:
    """The result of a ``json_object`` statement, or ``None`` if there is no row."""
    body: str | None = await database.fetch_value(statement, *values)
    return body
