"""Price changes: all of them, or none, in two statements regardless of their number."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.catalog.refusals import ChangedTwice, UnknownProducts
from app.shop.catalog.schemas import PriceChange

# Concurrent requests lock the products that they share in the same order, which prevents deadlocks.
# Orders that refer to these products do not wait for the lock.
_LOCK = text("""
    SELECT id FROM products WHERE id = ANY(CAST(:ids AS int[])) ORDER BY id FOR NO KEY UPDATE
""")

# An update writes a new version of the row even if nothing in it changes.
_UPDATE = text("""
    UPDATE products SET price = change.price
    FROM unnest(CAST(:ids AS int[]), CAST(:prices AS numeric[])) AS change (id, price)
    WHERE products.id = change.id AND products.price <> change.price
""")


async def change_prices(session: AsyncSession, changes: Sequence[PriceChange]) -> None:
    """Change all prices, or none.

    Raises ``ChangedTwice`` for the first product that is named a second time, else
    ``UnknownProducts`` for all that do not exist.
    """
    places: dict[int, int] = {}
    for index, change in enumerate(changes):
        first = places.setdefault(change.id, index)
        if first != index:
            raise ChangedTwice(change.id, f"body.{index}.id", first)
    ids = list(places)
    known = set(await session.scalars(_LOCK, {"ids": ids}))
    if len(known) < len(ids):
        raise UnknownProducts({place: one for one, place in places.items() if one not in known})
    await session.execute(_UPDATE, {"ids": ids, "prices": [change.price for change in changes]})
