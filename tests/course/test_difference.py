"""The first difference between two responses, as a sentence."""

from typing import Any

import pytest

from app.course.difference import difference

ORDERS = [{"id": 2, "lines": []}, {"id": 1, "lines": [{"id": 7, "price": "2.55"}]}]


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (ORDERS, None),
        (ORDERS[:1], "the response has 1 item, expected 2"),
        (ORDERS[::-1], "the response has the right items in the wrong order"),
        ([{"id": 2}, ORDERS[1]], "response[0] lacks `lines`"),
        ([{**ORDERS[0], "email": "a@b"}, ORDERS[1]], "response[0] unexpectedly has `email`"),
        (
            [ORDERS[0], {"id": 1, "lines": [{"id": 7, "price": 2.55}]}],
            "response[1].lines[0].price is 2.55, expected '2.55'",
        ),
        ({"items": []}, "the response is {'items': []}, expected [{'id': 2"),
        ([True, ORDERS[1]], "response[0] is True, expected {'id': 2"),
    ],
)
def test_the_first_difference_is_described(seen: Any, sentence: str | None) -> None:
    found = difference(ORDERS, seen)
    assert (found is None) == (sentence is None)
    assert found is None or found.startswith(str(sentence))


def test_equal_numbers_of_different_types_are_equal() -> None:
    assert difference({"total": 2}, {"total": 2.0}) is None
