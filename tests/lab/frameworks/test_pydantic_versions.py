"""Pydantic 1's twins of the shop's models are the same models."""

import json
import sys
from typing import Any

import pytest

from app.lab.frameworks import pydantic_versions
from app.lab.frameworks.jobs import DELIVERY
from app.lab.frameworks.pydantic_versions import (
    compare_pydantic,
    sample_orders,
    sample_product,
    tasks,
    twin,
)
from app.lessons.frameworks.delivery import Delivery
from app.shop.catalog.schemas import Product
from app.shop.orders.schemas import Order

works = pytest.mark.skipif(
    sys.version_info >= pydantic_versions.TOO_NEW, reason="Pydantic 1 does not work here"
)


@works
@pytest.mark.parametrize(
    ("model", "data"),
    [(Order, sample_orders()[0]), (Product, sample_product()), (Delivery, dict(DELIVERY))],
)
def test_both_read_the_same(model: type[Any], data: dict[str, Any]) -> None:
    assert twin(model).parse_obj(data).dict() == model.model_validate(data).model_dump()


@works
@pytest.mark.parametrize("wrong", [{"quantity": 0}, {"first_name": ""}, {"discount": 2}])
def test_both_refuse_the_same(wrong: dict[str, Any]) -> None:
    data = {**DELIVERY, **wrong}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        twin(Delivery).parse_obj(data)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Delivery.model_validate(data)


@works
def test_each_task_does_the_same_with_either() -> None:
    for task in tasks():
        one, two = task.one(), task.two()
        if isinstance(two, bytes):
            two = two.decode()
        if isinstance(two, str):
            assert isinstance(one, str)
            one, two = json.loads(one), json.loads(two)
            assert type(one) is type(two)


@works
@pytest.mark.slow
def test_writing_is_faster() -> None:
    found = compare_pydantic(seconds=1.0)
    ratios = {row.task: row.ratio for row in found.rows}
    assert ratios["20 orders, written as JSON"].low > 1
    assert "times as fast" in str(found)
    assert set(found.to_json()["tasks"]) == set(ratios)


def test_says_why_where_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pydantic_versions, "TOO_NEW", (3, 11))
    found = compare_pydantic()
    assert found.rows == ()
    assert "3.14" in str(found)
