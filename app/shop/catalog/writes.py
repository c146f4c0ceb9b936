"""Writes of single products: one statement each, which returns the product as JSON.

Constraints check the values. Checking them with a query first would take another round trip, and
its result could be out of date by the time of the write.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from fastapi import HTTPException
from sqlalchemy import delete, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.catalog.queries import COLUMNS
from app.shop.catalog.refusals import SkuTaken, UnknownCategory
from app.shop.catalog.schemas import NewProduct, ProductChange
from app.shop.json_sql import json_object
from app.shop.models import Product

_WRITTEN = json_object(f"SELECT {COLUMNS} FROM written")
_INSERT = text(f"""
    WITH written AS (
        INSERT INTO products (sku, name, description, price, category_id)
        VALUES (:sku, :name, :description, :price, :category_id)
        RETURNING *
    )
    SELECT id, ({_WRITTEN}) AS body FROM written
""")

# Of two concurrent updates, the second waits for the first and then sees its values, so it does not
# overwrite fields it does not name.
_UPDATE = text(f"""
    WITH written AS (
        UPDATE products
        SET sku = coalesce(CAST(:sku AS text), sku),
            name = coalesce(CAST(:name AS text), name),
            description = coalesce(CAST(:description AS text), description),
            price = coalesce(CAST(:price AS numeric), price),
            category_id = coalesce(CAST(:category_id AS int), category_id)
        WHERE id = :id
        RETURNING *
    )
    {_WRITTEN}
""")
_UNCHANGED = dict.fromkeys(("sku", "name", "description", "price", "category_id"))


async def create_product(session: AsyncSession, product: NewProduct) -> tuple[int, str]:
    """The new product's id and JSON. Raises ``SkuTaken`` or ``UnknownCategory``."""
    with _explained(product.sku, product.category_id):
        row = (await session.execute(_INSERT, asdict(product))).one()
    return row.id, row.body


async def change_product(
    session: AsyncSession, product_id: int, change: ProductChange
) -> str | None:
    """The changed product's JSON, or ``None`` if it does not exist.

    Raises ``SkuTaken`` or ``UnknownCategory``.
    """
    with _explained(change.get("sku"), change.get("category_id")):
        result = await session.execute(_UPDATE, {**_UNCHANGED, **change, "id": product_id})
        body: str | None = result.scalar_one_or_none()
    return body


async def delete_product(session: AsyncSession, product_id: int) -> bool:
    """Whether the product existed. Raises a 409 if it has been ordered or reviewed."""
    statement = delete(Product).where(Product.id == product_id).returning(Product.id)
    try:
        return await session.scalar(statement) is not None
    except IntegrityError as error:
        detail = f"Product {product_id} cannot be deleted: orders or reviews refer to it."
        raise HTTPException(409, detail) from error


@contextmanager
def _explained(sku: str | None, category_id: int | None) -> Iterator[None]:
    """Translate constraint violations into errors about the request."""
    try:
        yield
    except IntegrityError as error:
        constraint = getattr(error.driver_exception, "constraint_name", None)
        if constraint == "uq_products_sku" and sku is not None:
            raise SkuTaken(sku) from error
        if constraint == "fk_products_category_id" and category_id is not None:
            raise UnknownCategory(category_id) from error
        raise
