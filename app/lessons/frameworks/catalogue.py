"""What the exercise's load is judged by."""

import re
from collections import Counter

from app.course.loads import LoadObservation

PRODUCTS = 3_808
"""In the catalogue, with ids from 1 and no gaps."""
SALES = re.compile(r"^/api/products/(\d+)/sales$")


def products_asked(seen: LoadObservation) -> Counter[int]:
    """How often the sales of each product were asked for."""
    found: Counter[int] = Counter()
    for path, times in seen.asked.items():
        if match := SALES.match(path):
            found[int(match[1])] += times
    return found


def elsewhere(seen: LoadObservation) -> tuple[int, str]:
    """How many requests asked for something else, and what most of them asked for."""
    others = Counter({path: n for path, n in seen.asked.items() if not SALES.match(path)})
    return others.total(), max(others, key=others.__getitem__, default="")
