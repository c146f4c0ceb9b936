from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.lab.services.seed.rules import country_name, drop_reason, is_product, order_status
from app.lab.services.seed.source import SourceLine, as_code, as_price, as_time
from app.lab.services.seed.tables import Tables

SALE = SourceLine(
    "536365",
    "85123A",
    "WHITE HANGING HEART T-LIGHT HOLDER",
    6,
    datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
    Decimal("2.55"),
    "17850",
    "United Kingdom",
)


def test_every_row_of_the_file_is_accounted_for(tables: Tables) -> None:
    kept = sum(1 for _ in tables.order_lines)
    assert tables.dropped == {
        "adjustment": 3,
        "not a product": 3_050,
        "stock movement": 1_336,
        "without price": 1_125,
    }
    assert kept == 536_395
    assert kept + tables.dropped.total() == 541_909


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"invoice": "A563186", "code": "B"}, "adjustment"),
        ({"code": "POST"}, "not a product"),
        ({"code": "22016"}, "not a product"),
        ({"quantity": -6, "price": Decimal(0), "customer": ""}, "stock movement"),
        ({"quantity": -6, "invoice": "C536365"}, None),
        ({"price": Decimal(0), "customer": ""}, "without price"),
        ({"price": Decimal(0)}, None),
        ({"customer": ""}, None),
    ],
)
def test_each_rule_drops_its_rows(changes: dict[str, object], reason: str | None) -> None:
    assert drop_reason(SourceLine(**{**SALE._asdict(), **changes})) == reason


@pytest.mark.parametrize("code", ["85123A", "15056BL", "10002", "DCGS0003", "DCGSSGIRL"])
def test_goods_are_products(code: str) -> None:
    assert is_product(code)


@pytest.mark.parametrize(
    "code",
    ["POST", "DOT", "M", "D", "S", "C2", "PADS", "BANK CHARGES", "AMAZONFEE", "GIFT_0001_20"],
)
def test_fees_and_vouchers_are_not_products(code: str) -> None:
    assert not is_product(code)


def test_a_cancelled_invoice_becomes_a_cancelled_order(tables: Tables) -> None:
    assert order_status("C536379") == "cancelled"
    assert order_status("536365") == "completed"
    statuses = Counter(status for _, _, _, _, status, _ in tables.orders)
    assert statuses == {"completed": 19_773, "cancelled": 3_420}


def test_values_are_normalized() -> None:
    assert as_code("85123a") == "85123A"
    assert as_price("0.001") == Decimal("0.00")
    assert as_time("2010-12-01 08:26:00") == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert country_name("EIRE") == "Ireland"
    assert country_name("France") == "France"
