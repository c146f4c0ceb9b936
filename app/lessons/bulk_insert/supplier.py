"""What a supplier sends: new products, and new prices."""

from typing import Any
from uuid import uuid4

_COLOURS = ("blue", "red", "green", "ivory", "pink", "silver", "golden", "black", "white", "grey")
_MATERIALS = ("wooden", "ceramic", "paper", "woollen", "enamel", "glass", "wicker", "felt")
_THINGS = ("lantern", "bowl", "garland", "basket", "candle", "cushion", "clock", "tray", "mug")


def new_products(count: int) -> list[dict[str, Any]]:
    """That many products, with skus that no other call returns."""
    delivery = uuid4().hex[:8]
    return [_product(f"{delivery}-{number:05}", number) for number in range(count)]


def new_prices(count: int) -> list[dict[str, Any]]:
    """A new price for each of the first products."""
    return [{"id": number, "price": f"{number % 50}.95"} for number in range(1, count + 1)]


def _product(sku: str, number: int) -> dict[str, Any]:
    colour, material, thing = (
        words[number % len(words)] for words in (_COLOURS, _MATERIALS, _THINGS)
    )
    return {
        "sku": sku,
        "name": f"{colour.capitalize()} {material} {thing}",
        "description": f"A {thing} from this year's {material} series, no. {number}.",
        "price": f"{number % 90 + 1}.95",
        "category_id": 1 + number % 12,
    }
