"""Which functions of the page are at fault: one for each symptom, drawn by a learner's seed."""

from collections.abc import Mapping
from random import Random

BLOCKS = "blocks the event loop"
READS = "reads every row"
COMPARES = "compares everything with everything"
BACKTRACKS = "tries every way to match"

CANDIDATES: Mapping[str, tuple[str, ...]] = {
    BLOCKS: ("delivery_days", "exchange_rate", "tax_rate"),
    READS: ("newest_orders", "lines_of", "products_of"),
    COMPARES: ("product_ids", "attach_products", "attach_lines"),
    BACKTRACKS: ("clean_name", "clean_sku", "clean_country"),
}
"""By symptom, the functions that may have it."""
FUNCTIONS = tuple(name for names in CANDIDATES.values() for name in names)

Faults = Mapping[str, str]
"""The function at fault by symptom."""


def drawn(seed: int) -> Faults:
    """The faults for a seed. There are 81 combinations."""
    random = Random(seed)
    return {symptom: random.choice(names) for symptom, names in CANDIDATES.items()}
