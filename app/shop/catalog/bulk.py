"""Bulk inserts of products by COPY."""

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

# COPY does not return ids, so they are allocated beforehand.
_NEW_IDS = text("""
    SELECT array_agg(nextval((SELECT pg_get_serial_sequence('products', 'id')::regclass)))
    FROM generate_series(1, :count)
""")
_TAKEN = text("SELECT sku FROM products WHERE sku = ANY(CAST(:skus AS text[]))")
_CATEGORIES = text("SELECT id FROM categories")


async def copy_products(session: AsyncSession, products: Sequence[NewProduct]) -> list[int]:
    """Insert all products, or none, and return their ids in the order of ``products``.

    The number of statements does not depend on the number of products. Raises the error of the
    first invalid product, an ``HTTPException`` or ``Invalid`` with its index.
    """
    ids: list[int] = await session.scalar(_NEW_IDS, {"count": len(products)})
    records = [
        (product.sku, product.name, product.description, product.price, product.category_id, number)
        for product, number in zip(products, ids, strict=True)
    ]
    # A fixed order of skus prevents deadlocks between concurrent requests with the same skus.
    records.sort(key=itemgetter(0))
    try:
        async with session.begin_nested():
            driver = (await (await session.connection()).get_raw_connection()).driver_connection
            assert driver is not None
            await driver.copy_records_to_table("products", records=records, columns=_COLUMNS)
    except asyncpg.IntegrityConstraintViolationError as error:
        refusal = await _first_refusal(session, products)
        if refusal is None:  # the conflict has been resolved meanwhile
            raise
        raise refusal from error
    return ids


async def _first_refusal(
    session: AsyncSession, products: Sequence[NewProduct]
) -> HTTPException | Invalid | None:
    """The error of the first invalid product, or ``None``. Called only after COPY has failed:
    the violated constraint need not belong to the first invalid row."""
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
