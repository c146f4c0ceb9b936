"""Products as ORM objects."""

from collections.abc import Sequence

from sqlalchemy import Select, cast, func, literal, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop import models
from app.shop.catalog.schemas import Product, ProductPage


async def list_products(
    session: AsyncSession, limit: int, after: int = 0, category: int | None = None
) -> ProductPage:
    """A page of at most ``limit`` products with ids above ``after``, by id."""
    query = select(models.Product).where(models.Product.id > after)
    if category is not None:
        query = query.where(models.Product.category_id == category)
    # One more than the page shows, to learn whether there is a next page.
    found = (await session.scalars(query.order_by(models.Product.id).limit(limit + 1))).all()
    items = [Product.model_validate(product) for product in found[:limit]]
    return ProductPage(items=items, next=items[-1].id if len(found) > limit else None)


async def list_category(
    session: AsyncSession, category: int, limit: int, after: int = 0
) -> ProductPage | None:
    """Like ``list_products``, but ``None`` where there is no such category."""
    if await session.get(models.Category, category) is None:
        return None
    return await list_products(session, limit, after, category)


async def find_product(session: AsyncSession, product_id: int) -> models.Product | None:
    return await session.get(models.Product, product_id)


async def search_products(
    session: AsyncSession, words: str, limit: int
) -> Sequence[models.Product]:
    """Products in which every one of ``words`` is the prefix of a word, best match first."""
    return (await session.scalars(_matches(words).limit(limit))).all()


def _matches(words: str) -> Select[models.Product]:
    # PostgreSQL's own parser splits the words, as it did for the products, and each is quoted, so
    # nothing a user types acts as an operator.
    parsed = func.tsvector_to_array(func.to_tsvector("simple", words))
    word = func.unnest(parsed).column_valued("word")
    quoted = func.replace(func.replace(word, "\\", "\\\\"), "'", "''")
    prefix = literal("'").concat(quoted).concat("':*")
    wanted = select(cast(func.string_agg(prefix, " & "), TSQUERY)).scalar_subquery()
    search = models.Product.search
    return (
        select(models.Product)
        .where(search.op("@@")(wanted))
        .order_by(func.ts_rank(search, wanted).desc(), models.Product.id)
    )
