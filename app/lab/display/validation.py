"""Validation errors of Pydantic and FastAPI, in a sentence that names the fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_FIELDS = 3
"""Fields that are named; a list of wrong items has the same errors in each."""
_LONGEST = 120


def validation_errors(errors: Iterable[Mapping[str, Any]]) -> str:
    """``errors``, each with a ``loc`` and a ``msg``, as ``[0].total: Field required (68 errors in
    all)``. Of a list, only the first invalid item is shown."""
    total, shown = 0, dict[tuple[object, ...], str]()
    for error in errors:
        total += 1
        location, message = tuple(error.get("loc", ())), str(error.get("msg", ""))
        # The same field of another item is no news.
        field = (*("[]" if isinstance(part, int) else part for part in location), message)
        shown.setdefault(field, f"{_named(location)}{message[:_LONGEST]}")
    named = "; ".join(list(shown.values())[:MOST_FIELDS])
    return named if total <= min(len(shown), MOST_FIELDS) else f"{named} ({total} errors in all)"


def _named(location: Sequence[str | int]) -> str:
    """``response[0].total`` in backticks, with a colon."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return f"`{text.removeprefix('.')}`: " if text else ""


def problem_in(body: Any) -> str | None:
    """What the body of an error response says: a problem (RFC 9457) or FastAPI's ``detail``."""
    if not isinstance(body, Mapping):
        return None
    if isinstance(errors := body.get("errors"), list):
        return validation_errors(
            {"loc": (one.get("location", ""),), "msg": one.get("detail", "")}
            for one in errors
            if isinstance(one, Mapping)
        )
    detail = body.get("detail")
    if isinstance(detail, list):
        return validation_errors(one for one in detail if isinstance(one, Mapping))
    return detail if isinstance(detail, str) else None
