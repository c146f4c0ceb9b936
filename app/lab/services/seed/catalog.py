"""Products and categories, derived from the lines that the shop keeps."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from app.lab.services.seed.categories import CATEGORIES, category_of
from app.lab.services.seed.naming import readable_name
from app.lab.services.seed.source import SourceLine

T = TypeVar("T", bound=Hashable)

CategoryRow = tuple[int, str]
ProductRow = tuple[int, str, str, str, Decimal, int, datetime]


@dataclass
class Traits:
    """What the lines with a stock code say about the product."""

    first_sold: datetime
    names: Counter[str] = field(default_factory=Counter)
    prices: Counter[Decimal] = field(default_factory=Counter)
    quantities: Counter[int] = field(default_factory=Counter)


def most_frequent(counter: Counter[T]) -> T:
    """The most common key; among equals, the first encountered."""
    return max(counter, key=counter.__getitem__)


def collect_traits(lines: Iterable[SourceLine]) -> dict[str, Traits]:
    """Traits by stock code, in order of the first sale, ignoring prices of zero."""
    traits: dict[str, Traits] = {}
    for line in lines:
        known = traits.get(line.code)
        if known is None:
            known = traits[line.code] = Traits(line.invoiced_at)
        known.names[line.description] += 1
        if line.price:
            known.prices[line.price] += 1
        if line.quantity > 0:
            known.quantities[line.quantity] += 1
    return traits


def category_rows() -> list[CategoryRow]:
    return list(enumerate(CATEGORIES, start=1))


def product_rows(traits: dict[str, Traits]) -> list[ProductRow]:
    """One product per stock code, with its most common name and price."""
    category_ids = {name: number for number, name in category_rows()}
    rows: list[ProductRow] = []
    for number, (code, known) in enumerate(traits.items(), start=1):
        name = readable_name(most_frequent(known.names))
        category = category_of(name)
        rows.append(
            (
                number,
                code,
                name,
                describe(known),
                most_frequent(known.prices),
                category_ids[category],
                known.first_sold,
            )
        )
    return rows


def describe(traits: Traits) -> str:
    """A one-sentence description that the data support."""
    since = f"{MONTHS[traits.first_sold.month - 1]} {traits.first_sold.year}"
    if not traits.quantities:
        return f"Listed since {since}."
    quantity = most_frequent(traits.quantities)
    usual = "one at a time" if quantity == 1 else f"{quantity} at a time"
    return f"In the shop since {since}, most often bought {usual}."


MONTHS: Sequence[str] = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
