"""Queries for the catalog. PostgreSQL serializes products to JSON."""

from pydantic import TypeAdapter
from sqlalchemy import select

from app.shop import models
from app.shop.catalog.schemas import Category
from app.shop.database import Database
from app.shop.json_sql import fetch_json, find_json, json_array, json_object

COLUMNS = "id, sku, name, description, price::text AS price, category_id"
"""SQL for the columns of a product in responses."""


def _page(condition: str) -> str:
    """SQL for a page of the products that match ``condition``, as one row ``items, next``.

    ``$1`` is the page size, and ``$2`` the id after which the page starts. The query reads one more
    product than the page holds, to find out whether there is a next page.
    """
    page = "SELECT * FROM found ORDER BY id LIMIT $1::bigint"
    return f"""
        WITH found AS MATERIALIZED (
            SELECT {COLUMNS} FROM products WHERE id > $2 AND {condition}
            ORDER BY id LIMIT $1::bigint + 1
        )
        SELECT {json_array(page)} AS items,
               CASE WHEN (SELECT count(*) FROM found) > $1::bigint
                    THEN (SELECT max(id) FROM ({page}) AS page) END AS next
    """


# A single query with `category_id = $3 OR $3 IS NULL` could not use the index.
_ALL = json_object(_page("true"))
_FILTERED = json_object(_page("category_id = $3"))
_CATEGORY = json_object(
    f"{_page('category_id = $3')} WHERE EXISTS (SELECT FROM categories WHERE id = $3)"
)
_ONE = json_object(f"SELECT {COLUMNS} FROM products WHERE id = $1")

# The query is split by the same parser as the products, and each word is quoted, so nothing a user
# types acts as an operator.
SEARCH = rf"""
    WITH wanted AS MATERIALIZED (
        SELECT string_agg(
            '''' || replace(replace(word, '\', '\\'), '''', '''''') || ''':*', ' & '
        )::tsquery AS query
        FROM unnest(tsvector_to_array(to_tsvector('simple', $1::text))) AS word
    ), found AS (
        SELECT {COLUMNS}, ts_rank(search, query) AS rank
        FROM products, wanted WHERE search @@ query
        ORDER BY rank DESC, id LIMIT $2
    )
    SELECT coalesce(json_agg(product ORDER BY rank DESC, product.id), '[]')::text
    FROM found, LATERAL (
        SELECT found.id, sku, name, description, price, category_id
    ) AS product
"""

_CATEGORIES = TypeAdapter(list[Category])


async def list_products(
    database: Database, limit: int, after: int = 0, category: int | None = None
) -> str:
    """A page of at most ``limit`` products with ids above ``after``, by id, as JSON."""
    if category is None:
        return await fetch_json(database, _ALL, limit, after)
    return await fetch_json(database, _FILTERED, limit, after, category)


async def list_category(
    database: Database, category: int, limit: int, after: int = 0
) -> str | None:
    """Like ``list_products``, but ``None`` if the category does not exist."""
    return await find_json(database, _CATEGORY, limit, after, category)


async def find_product(database: Database, product_id: int) -> str | None:
    """The product as a JSON object, or ``None``."""
    return await find_json(database, _ONE, product_id)


async def search_products(database: Database, words: str, limit: int) -> str:
    """A JSON array of products that match all ``words`` by prefix, best match first."""
    return await fetch_json(database, SEARCH, words, limit)


async def list_categories(database: Database) -> str:
    """A JSON array of all categories by id. There are few."""
    async with database.reading() as session:
        rows = await session.scalars(select(models.Category).order_by(models.Category.id))
        return _CATEGORIES.dump_json(_CATEGORIES.validate_python(rows.all())).decode()
