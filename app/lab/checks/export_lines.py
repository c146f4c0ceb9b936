"""Compares the lines of an export with those that it should have, in whatever order they come."""

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeAlias

from app.course.difference import difference

Line: TypeAlias = Mapping[str, Any]

_KEPT = 20_000
"""Lines that are kept to say in what way another one differs; more would take much memory."""
_LONGEST = 160


class Expected:
    """The lines that an export should have. Of a long one, only their hashes are kept."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.counts: Counter[int] = Counter()
        self.fields: tuple[str, ...] = ()
        self._kept: list[Line] = []
        self._complete = True
        for text in lines:
            line = json.loads(text)
            self.fields = self.fields or tuple(line)
            self.counts[hash(tuple(line.values()))] += 1
            if len(self._kept) < _KEPT:
                self._kept.append(line)
            else:
                self._complete = False
        self.total = self.counts.total()

    def key(self, line: Any) -> int | None:
        """The hash of a line as ``counts`` has it; ``None`` for what has other fields."""
        if not isinstance(line, dict) or len(line) != len(self.fields):
            return None
        values: tuple[Hashable, ...] = tuple(map(line.get, self.fields))
        try:
            return hash(values)
        except TypeError:
            return None

    def explain(self, line: Any) -> str:
        """In what way a line is none of the expected ones."""
        if not isinstance(line, dict):
            return "expected a JSON object"
        if missing := [name for name in self.fields if name not in line]:
            return f"it has no {', '.join(f'`{name}`' for name in missing)}"
        alike = [one for one in self._kept if _common(one, line) >= len(self.fields) - 2]
        if not alike:
            return "there is no such line"
        nearest = max(alike, key=lambda one: _common(one, line))
        if nearest == line:
            return f"it came more than {self.counts[self.key(line) or 0]} time(s)"
        return str(difference(nearest, line))


def _common(one: Line, other: Line) -> int:
    return sum(
        type(other.get(name)) is type(value) and other[name] == value for name, value in one.items()
    )


class Comparison:
    """Takes an export piece by piece."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._left = dict(expected.counts)
        self._rest = b""
        self.lines = 0
        self.surplus = 0
        self.example = ""

    def add(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._take(line)

    def end(self) -> None:
        """Nothing follows."""
        if self._rest:
            self._note(self._rest, "it does not end with a line break")

    @property
    def missing(self) -> int:
        return sum(self._left.values())

    def _take(self, text: bytes) -> None:
        self.lines += 1
        try:
            line = json.loads(text.decode())
        except ValueError:
            self._note(text, "it is not JSON")
            return
        key = self._expected.key(line)
        left = self._left.get(key, 0) if key is not None else 0
        if key is None or not left:
            self._note(text, None if self.example else self._expected.explain(line))
        else:
            self._left[key] = left - 1

    def _note(self, text: bytes, why: str | None) -> None:
        self.surplus += 1
        if not self.example:
            shown = text.decode(errors="replace")
            shown = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
            self.example = f"`{shown}`: {why}"
