"""Where two answers differ, in words."""

from typing import Any

import pytest

from app.course.difference import difference

ORDERS = [{"id": 2, "lines": []}, {"id": 1, "lines": [{"id": 7, "price": "2.55"}]}]


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (ORDERS, None),
        (ORDERS[:1], "the answer has 1 items, expected 2"),
        (ORDERS[::-1], "the answer has the right items in another order"),
        ([{"id": 2}, ORDERS[1]], "the answer[0] lacks `lines`"),
        ([{**ORDERS[0], "email": "a@b"}, ORDERS[1]], "the answer[0] has `email`, which nobody"),
        (
            [ORDERS[0], {"id": 1, "lines": [{"id": 7, "price": 2.55}]}],
            "the answer[1].lines[0].price is 2.55, expected '2.55'",
        ),
        ({"items": []}, "the answer is {'items': []}, expected [{'id': 2"),
        ([True, ORDERS[1]], "the answer[0] is True, expected {'id': 2"),
    ],
)
def test_the_first_difference(seen: Any, sentence: str | None) -> None:
    found = difference(ORDERS, seen)
    assert (found is None) == (sentence is None)
    assert found is None or found.startswith(str(sentence))


def test_numbers_of_another_type_are_equal() -> None:
    assert difference({"total": 2}, {"total": 2.0}) is None
