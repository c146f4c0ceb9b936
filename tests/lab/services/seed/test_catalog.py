from collections import Counter
from decimal import Decimal

import pytest

from app.lab.services.seed.catalog import most_frequent
from app.lab.services.seed.categories import CATEGORIES, OTHER, category_of
from app.lab.services.seed.naming import readable_name
from app.lab.services.seed.tables import Tables


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "White Hanging Heart T-Light Holder"),
        ("SET OF 3 CAKE TINS PANTRY DESIGN", "Set of 3 Cake Tins Pantry Design"),
        ("THE KING GIFT BAG 25x24x12cm", "The King Gift Bag 25x24x12cm"),
        ("CHILDREN'S APRON DOLLY GIRL", "Children's Apron Dolly Girl"),
        ("ASSTD DESIGN 3D PAPER STICKERS", "Assorted Design 3D Paper Stickers"),
        ("*USB Office Mirror Ball", "USB Office Mirror Ball"),
    ],
)
def test_names_become_readable(description: str, name: str) -> None:
    assert readable_name(description) == name


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Christmas Candle Set", "Christmas"),
        ("Lunch Bag Red Retrospot", "Bags & purses"),
        ("Set of 3 Cake Tins Pantry Design", "Kitchen & baking"),
        ("White Hanging Heart T-Light Holder", "Lights & candles"),
        ("Pack of 72 Retrospot Cake Cases", "Kitchen & baking"),
        ("Space Frog", OTHER),
    ],
)
def test_the_first_category_with_a_word_from_the_name_wins(name: str, category: str) -> None:
    assert category_of(name) == category


def test_every_category_has_products_and_few_products_have_none(tables: Tables) -> None:
    sizes = Counter(CATEGORIES[product[5] - 1] for product in tables.products)
    assert set(sizes) == set(CATEGORIES)
    assert min(sizes.values()) >= 40
    assert sizes[OTHER] < 0.2 * len(tables.products)


def test_each_stock_code_is_one_product_with_a_name_and_a_price(tables: Tables) -> None:
    codes = [product[1] for product in tables.products]
    assert len(codes) == len(set(codes)) == 3_808
    assert all(product[2] and product[2] == product[2].strip() for product in tables.products)
    assert all(product[4] > 0 for product in tables.products)


def test_name_and_price_are_the_most_common(tables: Tables) -> None:
    holder = next(product for product in tables.products if product[1] == "85123A")
    assert holder[2:5] == (
        "White Hanging Heart T-Light Holder",
        "In the shop since December 2010, most often bought 6 at a time.",
        Decimal("2.95"),
    )


def test_the_first_of_equally_common_values_wins() -> None:
    assert most_frequent(Counter("abba")) == "a"
