"""The forms in which an export comes."""

from dataclasses import dataclass
from typing import Any, Literal

from app.shop.export import queries

Name = Literal["jsonl", "json", "csv"]


@dataclass(frozen=True)
class Form:
    """How COPY writes the rows, and what they are framed in."""

    media_type: str
    query: str
    options: dict[str, Any]
    """Of COPY, as asyncpg takes them."""
    opening: bytes = b""
    """Takes the place of as many bytes at the beginning."""
    closing: bytes = b""


# JSON has no control characters, so nothing is ever quoted: rows come out as they are. COPY's text
# format would double every backslash.
_VERBATIM = {"format": "csv", "delimiter": "\x01", "quote": "\x02"}

FORMS: dict[Name, Form] = {
    "jsonl": Form("application/jsonl", queries.JSON_LINES, _VERBATIM),
    # The first row's comma becomes the bracket.
    "json": Form("application/json", queries.COMMA_FIRST, _VERBATIM, b"[", b"]\n"),
    "csv": Form("text/csv; header=present", queries.COLUMNS, {"format": "csv", "header": True}),
}
