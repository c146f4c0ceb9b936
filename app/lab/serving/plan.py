"""A plan of PostgreSQL's as a tree, with what it estimated and what it really did."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

_CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Filter",
    "One-Time Filter",
    "Sort Key",
    "Group Key",
)
_REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
_ARRAY = re.compile(r"'\{([^',]+),([^',]+),[^']*\}'")
"""A literal of at least three elements."""
_LONGEST = 90
"""Characters of a condition that are shown."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a plan. Its rows are those of all times that it ran."""

    name: str
    """What it does, to which table, by which index."""
    conditions: tuple[str, ...]
    """Such as ``Filter: (price > 5)``."""
    estimated: float
    """Rows that PostgreSQL expected it to return, each time it ran."""
    loops: int | None
    """How often it ran; ``None`` where the statement was planned and not executed."""
    rows: int | None
    """Rows that it returned."""
    read: int | None
    """Rows that it took from a table, whether it then returned or discarded them; ``None`` for a
    step that reads none, and for PostgreSQL's own catalog, which drivers ask about types."""
    blocks: int | None
    """Blocks of 8 KB that it and its children looked at, whether or not they were in memory."""
    children: "tuple[Node, ...]" = ()

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> Self:
        """From an element of ``EXPLAIN (FORMAT JSON)``."""
        loops = plan.get("Actual Loops")
        executed = loops is not None
        rows = round(plan["Actual Rows"] * loops) if executed else None
        read = None
        if executed and _is_table(plan):
            removed = sum(plan.get(name, 0) for name in _REMOVED)
            read = round((plan["Actual Rows"] + removed) * loops)
        hit, missed = plan.get("Shared Hit Blocks"), plan.get("Shared Read Blocks", 0)
        return cls(
            name=_name(plan),
            conditions=tuple(_condition(plan, name) for name in _CONDITIONS if name in plan),
            estimated=plan["Plan Rows"],
            loops=loops,
            rows=rows,
            read=read,
            blocks=None if hit is None or not executed else hit + missed,
            children=tuple(cls.of(child) for child in plan.get("Plans", ())),
        )

    def walk(self, depth: int = 0) -> "Iterator[tuple[int, Node]]":
        """Each node with its depth, from this one down."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    @property
    def rows_read(self) -> int:
        """Rows that all steps together took from tables."""
        return sum(node.read or 0 for _, node in self.walk())


def _name(plan: Mapping[str, Any]) -> str:
    parts = [plan["Node Type"]]
    if plan.get("Join Type", "Inner") != "Inner":
        parts.append(plan["Join Type"])
    if plan.get("Scan Direction") == "Backward":
        parts.append("Backward")
    if table := plan.get("Relation Name"):
        parts.append(f"on {table}")
    if index := plan.get("Index Name"):
        parts.append(f"using {index}")
    return " ".join(parts)


def _is_table(plan: Mapping[str, Any]) -> bool:
    return (
        "Relation Name" in plan
        and plan["Node Type"] != "ModifyTable"
        and plan.get("Schema") != "pg_catalog"
    )


def _condition(plan: Mapping[str, Any], name: str) -> str:
    value = plan[name]
    text = ", ".join(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
    if alias := plan.get("Alias"):
        text = text.replace(f"{alias}.", "")
    text = f"{name}: " + _ARRAY.sub(r"'{\1,\2,…}'", text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
