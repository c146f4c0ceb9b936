"""Reads the data set: one tuple per invoice line."""

import csv
import lzma
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from sys import intern
from typing import NamedTuple

from app.course.errors import CourseError

_ROOT = Path(__file__).resolve().parents[4]
_PLACES = (_ROOT / "data", _ROOT / "app" / "data")
"""In a checkout, and in an installed package."""
DATA_FILE = next(filter(Path.is_dir, _PLACES), _PLACES[0]) / "online_retail.csv.xz"


class SourceLine(NamedTuple):
    """One row of the file, typed. ``customer`` and ``description`` may be empty."""

    invoice: str
    code: str
    description: str
    quantity: int
    invoiced_at: datetime
    price: Decimal
    customer: str
    country: str


# One cache per column: half a million rows share few distinct values.


@cache
def as_code(text: str) -> str:
    """In upper case: ``85123a`` is ``85123A``."""
    return text.strip().upper()


@cache
def as_description(text: str) -> str:
    """With runs of spaces collapsed."""
    return " ".join(text.split())


@cache
def as_price(text: str) -> Decimal:
    """Pounds, rounded to whole pence. Four lines have a tenth of a penny."""
    return Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)


@cache
def as_time(text: str) -> datetime:
    """The file's times have no time zone; the shop treats them as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read_source(path: Path = DATA_FILE) -> Iterator[SourceLine]:
    """Every row of the file, in order. Raises ``CourseError`` if the file does not exist."""
    if not path.exists():
        raise CourseError(f"The data set is missing: {path} does not exist. Check it out again.")
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for invoice, code, description, quantity, time, price, customer, country in rows:
            yield SourceLine(
                intern(invoice),
                as_code(code),
                as_description(description),
                int(quantity),
                as_time(time),
                as_price(price),
                intern(customer),
                intern(country),
            )
