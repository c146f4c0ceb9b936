"""The lines of an export are compared with those that it should have."""

import json
from typing import Any

import pytest

from app.lab.checks.export_lines import Comparison, Expected

LINES = [
    {"number": "1", "sku": "A", "quantity": 2},
    {"number": "1", "sku": "B", "quantity": 3},
    {"number": "1", "sku": "B", "quantity": 3},
    {"number": "2", "sku": "A", "quantity": 4},
]


def text_of(lines: list[Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def compared(body: bytes, *, piece: int = 7) -> Comparison:
    comparison = Comparison(Expected(json.dumps(line).encode() for line in LINES))
    for start in range(0, len(body), piece):
        comparison.add(body[start : start + piece])
    comparison.end()
    return comparison


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_the_order_of_lines_and_fields_does_not_matter(piece: int) -> None:
    body = text_of([dict(reversed(line.items())) for line in reversed(LINES)])
    seen = compared(body, piece=piece)
    assert (seen.lines, seen.missing, seen.surplus, seen.example) == (4, 0, 0, "")


@pytest.mark.parametrize(
    ("body", "missing", "surplus", "why"),
    [
        (text_of(LINES[:-1]), 1, 0, ""),
        (text_of([*LINES, LINES[1]]), 0, 1, "more than 2 time(s)"),
        (text_of([*LINES, {**LINES[0], "quantity": 9}]), 0, 1, "quantity is 9, expected 2"),
        (text_of([*LINES, {"number": "1"}]), 0, 1, "it has no `sku`, `quantity`"),
        (text_of([*LINES, {**LINES[0], "sku": []}]), 0, 1, "sku"),
        (text_of([*LINES, 5]), 0, 1, "expected a JSON object"),
        (text_of(LINES) + b"\n", 0, 1, "it is not JSON"),
        (text_of(LINES) + b"\xff\n", 0, 1, "it is not JSON"),
        (text_of(LINES)[:-1], 1, 1, "does not end with a line break"),
        (b"", 4, 0, ""),
    ],
)
def test_what_is_wrong_is_said(body: bytes, missing: int, surplus: int, why: str) -> None:
    seen = compared(body)
    assert (seen.missing, seen.surplus) == (missing, surplus)
    assert why in seen.example
