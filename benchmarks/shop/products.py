"""Products to insert: as JSON for the shop, and the same ones as records for the driver."""

from decimal import Decimal
from random import Random
from typing import Any

COLUMNS = ("sku", "name", "description", "price", "category_id")


def products(count: int, series: str = "BULK") -> list[dict[str, Any]]:
    """For JSON, in random order. No two series have a SKU in common."""
    ordered = [
        {
            "sku": f"{series}-{number:06}",
            "name": f"Lantern with {number} stars",
            "description": f"Number {number} of many. Hangs from its own ribbon.",
            "price": f"{number % 1000}.50",
            "category_id": 1 + number % 4,
        }
        for number in range(count)
    ]
    Random(0).shuffle(ordered)
    return ordered


def records(count: int) -> list[tuple[object, ...]]:
    """For the driver, sorted by SKU, which fills the index fastest."""
    rows = [{**row, "price": Decimal(row["price"])} for row in products(count)]
    return sorted(tuple(row[column] for column in COLUMNS) for row in rows)
