"""Products that can be added: the same as JSON, as the shop takes them, and as records."""

from decimal import Decimal
from random import Random
from typing import Any

COLUMNS = ("sku", "name", "description", "price", "category_id")


def products(count: int, series: str = "BULK") -> list[dict[str, Any]]:
    """As JSON has them, in no particular order. The skus of a ``series`` are its own."""
    made = [
        {
            "sku": f"{series}-{number:06}",
            "name": f"Lantern with {number} stars",
            "description": f"Number {number} of many. Hangs from its own ribbon.",
            "price": f"{number % 1000}.50",
            "category_id": 1 + number % 4,
        }
        for number in range(count)
    ]
    Random(0).shuffle(made)
    return made


def records(count: int) -> list[tuple[object, ...]]:
    """As the driver takes them, in the order of their skus: so the index is filled fastest."""
    rows = [{**row, "price": Decimal(row["price"])} for row in products(count)]
    return sorted(tuple(row[column] for column in COLUMNS) for row in rows)
