"""The first difference between two JSON responses, as a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

_ROOT = "response"
_LONGEST = 60
"""Characters of a value that are quoted."""


def difference(expected: Any, seen: Any, path: str = _ROOT) -> str | None:
    """The first difference as a sentence, or ``None`` if the two are equal.

    ``path`` says where in the response the two were found, such as ``response[2].lines``.
    """
    if expected == seen and type(expected) is type(seen):
        return None
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        return _between_mappings(expected, seen, path)
    if isinstance(expected, list) and isinstance(seen, list):
        return _between_lists(expected, seen, path)
    if expected == seen:
        return None
    return f"{_subject(path)} is {_quoted(seen)}, expected {_quoted(expected)}"


def _between_mappings(
    expected: Mapping[str, Any], seen: Mapping[str, Any], path: str
) -> str | None:
    missing = [key for key in expected if key not in seen]
    extra = [key for key in seen if key not in expected]
    if missing:
        return f"{_subject(path)} lacks {_names(missing)}"
    if extra:
        return f"{_subject(path)} unexpectedly has {_names(extra)}"
    found = (difference(expected[key], seen[key], f"{path}.{key}") for key in expected)
    return next((sentence for sentence in found if sentence), None)


def _between_lists(expected: Sequence[Any], seen: Sequence[Any], path: str) -> str | None:
    if len(expected) != len(seen):
        items = "item" if len(seen) == 1 else "items"
        return f"{_subject(path)} has {len(seen):,} {items}, expected {len(expected):,}"
    if _ids(expected) != _ids(seen) and sorted(_ids(expected)) == sorted(_ids(seen)):
        return f"{_subject(path)} has the right items in the wrong order"
    pairs = enumerate(zip(expected, seen, strict=True))
    found = (difference(want, got, f"{path}[{index}]") for index, (want, got) in pairs)
    return next((sentence for sentence in found if sentence), None)


def _subject(path: str) -> str:
    return f"the {path}" if path == _ROOT else path


def _ids(items: Sequence[Any]) -> list[str]:
    return [str(item.get("id", item)) if isinstance(item, Mapping) else str(item) for item in items]


def _names(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
