"""Adding many products at once, by COPY."""

from collections.abc import Sequence
from operator import itemgetter

import asyncpg
from fastapi import HTTPException
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.catalog.refusals import SkuTaken, SkuTwice, UnknownCategory
from app.shop.catalog.schemas import NewProduct
from app.shop.errors import Invalid

_COLUMNS = ("sku", "name", "description", "price", "category_id", "id")

# COPY tells no ids, so they are taken beforehand.
_NEW_IDS = text("""
    SELECT array_agg(nextval((SELECT pg_get_serial_sequence('products', 'id')::regclass)))
    FROM generate_series(1, :count)
""")
_TAKEN = text("SELECT sku FROM products WHERE sku = ANY(CAST(:skus AS text[]))")
_CATEGORIES = text("SELECT id FROM categories")


async def copy_products(session: AsyncSession, products: Sequence[NewProduct]) -> list[int]:
    """The ids of the new products, in the order of ``products``; the work does not depend on how
    many there are, apart from the rows themselves.

    All of them or none: raises what keeps the first bad one out, as an ``HTTPException`` or
    ``Invalid`` with its index.
    """
    ids: list[int] = await session.scalar(_NEW_IDS, {"count": len(products)})
    records = [
        (product.sku, product.name, product.description, product.price, product.category_id, number)
        for product, number in zip(products, ids, strict=True)
    ]
    # Everyone takes skus in the same order: two requests with the same ones cannot lock each other
    # out, each waiting for a sku that the other has.
    records.sort(key=itemgetter(0))
    try:
        async with session.begin_nested():
            driver = (await (await session.connection()).get_raw_connection()).driver_connection
            assert driver is not None
            await driver.copy_records_to_table("products", records=records, columns=_COLUMNS)
    except asyncpg.IntegrityConstraintViolationError as error:
        refusal = await _first_refusal(session, products)
        if refusal is None:  # it is gone already
            raise
        raise refusal from error
    return ids


async def _first_refusal(
    session: AsyncSession, products: Sequence[NewProduct]
) -> HTTPException | Invalid | None:
    """Why the first of the products that cannot be added cannot. Only asked when COPY has failed:
    the constraint names a row, but not the first one, and checks categories last."""
    skus = [product.sku for product in products]
    taken = set(await session.scalars(_TAKEN, {"skus": skus}))
    categories = set(await session.scalars(_CATEGORIES))
    seen: dict[str, int] = {}
    for index, product in enumerate(products):
        if product.sku in seen:
            return SkuTwice(product.sku, f"body.{index}.sku", seen[product.sku])
        if product.sku in taken:
            return SkuTaken(product.sku, f"body.{index}.sku")
        if product.category_id not in categories:
            return UnknownCategory(product.category_id, f"body.{index}.category_id")
        seen[product.sku] = index
    return None
