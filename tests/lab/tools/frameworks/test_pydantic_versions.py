"""The shop's models are the same in Pydantic 1 as in Pydantic 2."""

import json
import sys
from typing import Any

import pytest

from app.lab.tools.frameworks import pydantic_versions
from app.lab.tools.frameworks.jobs import DELIVERY
from app.lab.tools.frameworks.pydantic_versions import (
    compare_pydantic,
    sample_orders,
    sample_product,
    tasks,
    v1_model,
)
from app.lessons.frameworks.delivery import Delivery
from app.shop.catalog.schemas import Product
from app.shop.orders.schemas import Order

works = pytest.mark.skipif(
    sys.version_info >= pydantic_versions.TOO_NEW, reason="Pydantic 1 does not support this Python"
)


@works
@pytest.mark.parametrize(
    ("model", "data"),
    [(Order, sample_orders()[0]), (Product, sample_product()), (Delivery, dict(DELIVERY))],
)
def test_both_versions_accept_the_same_data(model: type[Any], data: dict[str, Any]) -> None:
    assert v1_model(model).parse_obj(data).dict() == model.model_validate(data).model_dump()


@works
@pytest.mark.parametrize("wrong", [{"quantity": 0}, {"first_name": ""}, {"discount": 2}])
def test_both_versions_reject_the_same_data(wrong: dict[str, Any]) -> None:
    data = {**DELIVERY, **wrong}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        v1_model(Delivery).parse_obj(data)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Delivery.model_validate(data)


@works
def test_each_task_does_the_same_in_both_versions() -> None:
    for task in tasks():
        v1, v2 = task.v1(), task.v2()
        if isinstance(v2, bytes):
            v2 = v2.decode()
        if isinstance(v2, str):
            assert isinstance(v1, str)
            v1, v2 = json.loads(v1), json.loads(v2)
            assert type(v1) is type(v2)


@works
@pytest.mark.slow
def test_pydantic_2_writes_json_faster() -> None:
    found = compare_pydantic(seconds=1.0)
    ratios = {row.task: row.ratio for row in found.rows}
    assert ratios["20 orders, written as JSON"].low > 1
    assert "speed-up" in str(found)
    assert set(found.to_json()["tasks"]) == set(ratios)


def test_an_unsupported_python_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pydantic_versions, "TOO_NEW", (3, 11))
    found = compare_pydantic()
    assert found.rows == ()
    assert "3.14" in str(found)
