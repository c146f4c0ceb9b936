"""Which products a load asks for."""

import re
from collections import Counter

from app.course.loads import LoadObservation

PRODUCTS = 3_808
"""Products in the catalogue; their ids run from 1 without gaps."""
SALES = re.compile(r"^/api/products/(\d+)/sales$")


def requested_products(seen: LoadObservation) -> Counter[int]:
    """How often the sales of each product were requested, by product id."""
    found: Counter[int] = Counter()
    for path, times in seen.requested.items():
        if match := SALES.match(path):
            found[int(match[1])] += times
    return found


def other_requests(seen: LoadObservation) -> tuple[int, str]:
    """How many requests were for other paths, and the most frequent of these paths."""
    others = Counter({path: n for path, n in seen.requested.items() if not SALES.match(path)})
    return others.total(), max(others, key=others.__getitem__, default="")
