"""A report over all orders, from the months that are over and the one that is not.

Orders are only ever added now, so of the months that are over nothing changes but the category of a
product. They are nearly all of the work, and need not be done again for each new order.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from app.shop.cache import Cache
from app.shop.tags import ASSORTMENT

Part = Literal["<", ">="]
"""The orders placed before the current month, or since its beginning."""
Read = Callable[[Part, datetime], Awaitable[str]]
"""A JSON array of what one part has, given when the current month began."""

GRACE = timedelta(hours=1)
"""How long a month lasts after its end: an order of its last second may be committed later, and the
clocks of the shop and its database may differ."""


async def in_two_parts(cache: Cache, key: str, read: Read) -> str:
    """The JSON array of both parts, in their order. The first is kept in the cache."""
    month = beginning_of_month(datetime.now(UTC))

    async def make() -> bytes:
        return (await read("<", month)).encode()

    over = await cache.get_or_make(f"{key}:until:{month:%Y-%m}", [ASSORTMENT], make)
    assert over is not None
    return joined(over.decode(), await read(">=", month))


def beginning_of_month(now: datetime) -> datetime:
    return (now - GRACE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def joined(first: str, second: str) -> str:
    """Two JSON arrays as one."""
    if "[]" in (first, second):
        return second if first == "[]" else first
    return f"{first[:-1]},{second[1:]}"
