"""Rows are counted wherever the bytes that arrive are cut."""

import random

import pytest

from app.lab.wire.data_rows import DataRows


def message(kind: bytes, size: int) -> bytes:
    return kind + (4 + size).to_bytes(4) + bytes(size)


ANSWER = b"".join(
    [
        message(b"2", 0),
        message(b"T", 40),
        *(message(b"D", size) for size in (0, 1, 7, 300, 0, 0, 9)),
        message(b"C", 10),
        message(b"Z", 1),
        message(b"H", 7),
        *(message(b"d", size) for size in (5, 0, 80)),
        message(b"c", 0),
        message(b"Z", 1),
    ]
)


@pytest.mark.parametrize("seed", range(20))
def test_the_rows_do_not_depend_on_the_pieces(seed: int) -> None:
    dice = random.Random(seed)
    rows, rest, counter = 0, ANSWER, DataRows()
    while rest:
        size = dice.choice((0, 1, 2, 3, 4, 5, 6, 50))
        rows += counter.count(rest[:size])
        rest = rest[size:]
    assert rows == 10


def test_the_rows_of_one_piece() -> None:
    counter = DataRows()
    assert counter.count(ANSWER) == 10
    assert counter.count(ANSWER) == 10
