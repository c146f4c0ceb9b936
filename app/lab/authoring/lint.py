"""Finds what a notebook file must not contain, above all what nbval would silently ignore."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from app.lab.authoring.notebook import Notebook, code_cells, tags_of, text_of
from app.lab.authoring.project import Kind

MARKERS = frozenset(
    {"NBVAL_CHECK_OUTPUT", "NBVAL_IGNORE_OUTPUT", "NBVAL_RAISES_EXCEPTION", "NBVAL_SKIP"}
)
MARKER_TAGS = frozenset(marker.lower().replace("_", "-") for marker in MARKERS)
RAISES = frozenset({"raises-exception", "nbval-raises-exception"})
MOST_LINES = 15

Cell = dict[str, Any]
Rule = Callable[[Cell], Iterator[str]]


def lint(notebook: Notebook, kind: Kind) -> list[str]:
    """A sentence for each fault, starting with the cell's position, counted from 1."""
    return [
        f"cell {number}: {fault}"
        for number, cell in code_cells(notebook)
        for rule in RULES[kind]
        for fault in rule(cell)
    ]


def executed(cell: Cell) -> Iterator[str]:
    if cell["execution_count"] is None:
        yield "it was never executed, so nbval would not compare it"


def not_executed(cell: Cell) -> Iterator[str]:
    if cell["outputs"] or cell["execution_count"] is not None:
        yield "an exercise is kept without outputs"


def markers_alone(cell: Cell) -> Iterator[str]:
    for line in text_of(cell["source"]).splitlines():
        whole = line.strip().lstrip("#").strip() if line.strip().startswith("#") else ""
        if "NBVAL_" in line and whole not in MARKERS:
            yield f"nbval ignores `{line.strip()}`: a marker is a comment line of its own"


def known_tags(cell: Cell) -> Iterator[str]:
    for tag in tags_of(cell):
        if tag.startswith("nbval") and tag not in MARKER_TAGS:
            yield f"nbval ignores the tag {tag!r}"


def raises_as_marked(cell: Cell) -> Iterator[str]:
    marked = bool(RAISES & set(tags_of(cell))) or _has_marker(cell, "NBVAL_RAISES_EXCEPTION")
    raised = "error" in _output_types(cell)
    if marked and not raised:
        yield "it is marked to raise an exception, but its stored output has none"
    if raised and not marked:
        yield 'it stores an error and is not tagged "raises-exception"'


def nothing_on_stderr(cell: Cell) -> Iterator[str]:
    for output in cell["outputs"]:
        if output["output_type"] == "stream" and output["name"] == "stderr":
            lines = text_of(output["text"]).strip().splitlines()
            yield f"it stores standard error: {lines[0] if lines else ''}"


def short_enough(cell: Cell) -> Iterator[str]:
    lines = [line.strip() for line in text_of(cell["source"]).splitlines()]
    code = sum(bool(line) and not line.startswith("#") for line in lines)
    if code > MOST_LINES and "long" not in tags_of(cell):
        yield f'it has {code} lines of code; {MOST_LINES} are the most without the tag "long"'


def no_needless_variation(cell: Cell) -> Iterator[str]:
    for output in cell["outputs"]:
        stored = str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
        if re.search(r"\b0x[0-9a-f]{8,}\b|\\x1b\[", stored):
            yield "it stores a memory address or a terminal's control sequence"


def _has_marker(cell: Cell, marker: str) -> bool:
    return any(
        line.strip().startswith("#") and line.strip().lstrip("#").strip() == marker
        for line in text_of(cell["source"]).splitlines()
    )


def _output_types(cell: Cell) -> set[str]:
    return {output["output_type"] for output in cell["outputs"]}


ALWAYS: tuple[Rule, ...] = (markers_alone, known_tags)
OUTPUTS: tuple[Rule, ...] = (executed, raises_as_marked, nothing_on_stderr, no_needless_variation)
RULES: dict[Kind, tuple[Rule, ...]] = {
    "lesson": (*ALWAYS, *OUTPUTS, short_enough),
    "exercise": (*ALWAYS, not_executed),
    "solution": (*ALWAYS, *OUTPUTS),
}
