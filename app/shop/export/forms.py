"""The file formats of an export."""

from dataclasses import dataclass
from typing import Any, Literal

from app.shop.export import queries

Name = Literal["jsonl", "json", "csv"]


@dataclass(frozen=True)
class Form:
    """A file format: how COPY formats the rows, and what surrounds them."""

    media_type: str
    query: str
    options: dict[str, Any]
    """Options of COPY, as asyncpg's keyword arguments."""
    opening: bytes = b""
    """Replaces as many bytes at the beginning of the file."""
    closing: bytes = b""


# JSON contains no control characters, so COPY never quotes anything and the rows are unchanged.
# COPY's text format would double every backslash.
_VERBATIM = {"format": "csv", "delimiter": "\x01", "quote": "\x02"}

FORMS: dict[Name, Form] = {
    "jsonl": Form("application/jsonl", queries.JSON_LINES, _VERBATIM),
    # The opening bracket replaces the comma before the first row.
    "json": Form("application/json", queries.COMMA_FIRST, _VERBATIM, b"[", b"]\n"),
    "csv": Form("text/csv; header=present", queries.COLUMNS, {"format": "csv", "header": True}),
}
