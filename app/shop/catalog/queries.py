"""Reading the catalog. PostgreSQL writes the JSON of products."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.json_sql import fetch_json, find_json, json_array, json_object
from app.shop.models import Category

_COLUMNS = "id, sku, name, description, price::text AS price, category_id"


def _page(condition: str) -> str:
    """SQL for one page of the products that meet ``condition``, as a row ``items, next``.

    One more than the page is read: whether it is there decides if there is a next page.
    """
    page = "SELECT * FROM found ORDER BY id LIMIT CAST(:limit AS bigint)"
    return f"""
        WITH found AS MATERIALIZED (
            SELECT {_COLUMNS} FROM products WHERE id > :after AND {condition}
            ORDER BY id LIMIT CAST(:limit AS bigint) + 1
        )
        SELECT {json_array(page)} AS items,
               CASE WHEN (SELECT count(*) FROM found) > CAST(:limit AS bigint)
                    THEN (SELECT max(id) FROM ({page}) AS page) END AS next
    """


# A plain `category_id = $1 OR $1 IS NULL` would keep PostgreSQL from using an index.
_ALL = json_object(_page("true"))
_FILTERED = json_object(_page("category_id = :category"))
_CATEGORY = json_object(
    f"{_page('category_id = :category')} WHERE EXISTS (SELECT FROM categories WHERE id = :category)"
)
_ONE = json_object(f"SELECT {_COLUMNS} FROM products WHERE id = :id")

# The words of the query are found by the parser that found the words of the products, and quoted:
# nothing that a user types can be an operator.
SEARCH = text(rf"""
    WITH wanted AS MATERIALIZED (
        SELECT string_agg(
            '''' || replace(replace(word, '\', '\\'), '''', '''''') || ''':*', ' & '
        )::tsquery AS query
        FROM unnest(tsvector_to_array(to_tsvector('simple', :words))) AS word
    ), found AS (
        SELECT {_COLUMNS}, ts_rank(search, query) AS rank
        FROM products, wanted WHERE search @@ query
        ORDER BY rank DESC, id LIMIT :limit
    )
    SELECT coalesce(json_agg(product ORDER BY rank DESC, product.id), '[]')::text
    FROM found, LATERAL (
        SELECT found.id, sku, name, description, price, category_id
    ) AS product
""")


async def list_products(
    session: AsyncSession, limit: int, after: int = 0, category: int | None = None
) -> str:
    """A page of at most ``limit`` products by id, those above the id ``after``, as JSON."""
    if category is None:
        return await fetch_json(session, _ALL, limit=limit, after=after)
    return await fetch_json(session, _FILTERED, limit=limit, after=after, category=category)


async def list_category(
    session: AsyncSession, category: int, limit: int, after: int = 0
) -> str | None:
    """Like ``list_products``, but ``None`` where there is no such category."""
    return await find_json(session, _CATEGORY, limit=limit, after=after, category=category)


async def find_product(session: AsyncSession, product_id: int) -> str | None:
    """The product as a JSON object, or ``None``."""
    return await find_json(session, _ONE, id=product_id)


async def search_products(session: AsyncSession, words: str, limit: int) -> str:
    """A JSON array of the products with words that begin like all of ``words``, best first."""
    return await fetch_json(session, SEARCH, words=words, limit=limit)


async def list_categories(session: AsyncSession) -> Sequence[Category]:
    """All categories by id. There are few."""
    return (await session.scalars(select(Category).order_by(Category.id))).all()
