"""A report over all orders, computed in two parts: past months and the current month.

New orders belong to the current month, so only a product's change of category can affect past
months. Those are nearly all of the work, and are not computed again for each new order.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from app.shop.cache import Cache
from app.shop.tags import ASSORTMENT

Part = Literal["<", ">="]
"""The orders placed before the current month, or since its beginning."""
Read = Callable[[Part, datetime], Awaitable[str]]
"""Returns one part as a JSON array, given the beginning of the current month."""

GRACE = timedelta(hours=1)
"""How long a month stays current after its end: an order of its last second may be committed later,
and the clocks of the shop and its database may differ."""


async def in_two_parts(cache: Cache, key: str, read: Read) -> str:
    """Both parts as one JSON array, in order. The first part is cached on its own."""
    month = beginning_of_month(datetime.now(UTC))

    async def make() -> bytes:
        return (await read("<", month)).encode()

    over = await cache.get_or_make(f"{key}:until:{month:%Y-%m}", [ASSORTMENT], make)
    assert over is not None
    return joined(over.decode(), await read(">=", month))


def beginning_of_month(now: datetime) -> datetime:
    return (now - GRACE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def joined(first: str, second: str) -> str:
    """Concatenate two JSON arrays."""
    if "[]" in (first, second):
        return second if first == "[]" else first
    return f"{first[:-1]},{second[1:]}"
