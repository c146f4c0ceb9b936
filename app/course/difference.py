"""Where an answer differs from the one expected, in a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

_SHOWN = 60


def difference(expected: Any, seen: Any, where: str = "the answer") -> str | None:
    """The first difference as a sentence, or ``None`` when the two are equal."""
    if expected == seen and type(expected) is type(seen):
        return None
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        return _of_mappings(expected, seen, where)
    if isinstance(expected, list) and isinstance(seen, list):
        return _of_lists(expected, seen, where)
    if expected == seen:
        return None
    return f"{where} is {_short(seen)}, expected {_short(expected)}"


def _of_mappings(expected: Mapping[str, Any], seen: Mapping[str, Any], where: str) -> str | None:
    missing = [key for key in expected if key not in seen]
    extra = [key for key in seen if key not in expected]
    if missing:
        return f"{where} lacks {_names(missing)}"
    if extra:
        return f"{where} has {_names(extra)}, which nobody asked for"
    found = (difference(expected[key], seen[key], f"{where}.{key}") for key in expected)
    return next((sentence for sentence in found if sentence), None)


def _of_lists(expected: Sequence[Any], seen: Sequence[Any], where: str) -> str | None:
    if len(expected) != len(seen):
        return f"{where} has {len(seen):,} items, expected {len(expected):,}"
    if _ids(expected) != _ids(seen) and sorted(_ids(expected)) == sorted(_ids(seen)):
        return f"{where} has the right items in another order"
    pairs = enumerate(zip(expected, seen, strict=True))
    found = (difference(want, got, f"{where}[{index}]") for index, (want, got) in pairs)
    return next((sentence for sentence in found if sentence), None)


def _ids(items: Sequence[Any]) -> list[str]:
    return [str(item.get("id", item)) if isinstance(item, Mapping) else str(item) for item in items]


def _names(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
