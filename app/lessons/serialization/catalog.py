"""Products as ORM objects, serialized for the cache."""

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from app.course.entities import catalog
from app.lessons.serialization.json_query import json_query
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.catalog.router import CategoryFilter, Words
from app.shop.catalog.schemas import Product, ProductPage
from app.shop.dependencies import After, CacheDep, DatabaseDep, Limit
from app.shop.errors import NotFound
from app.shop.fields import Id

router = APIRouter(route_class=CachedRoute, include_in_schema=False)

ONE = TypeAdapter(Product)
PAGE = TypeAdapter(ProductPage)
SEVERAL = TypeAdapter(list[Product])


@router.get("/products")
async def list_products(
    database: DatabaseDep,
    cache: CacheDep,
    limit: Limit = 20,
    after: After = 0,
    category: CategoryFilter = None,
) -> Response:
    """Products by id; ``next`` is the ``after`` of the next page."""
    query = json_query(PAGE, database, catalog.list_products, limit, after, category)
    return CachedResponse(cache, f"products:{limit}:{after}:{category}", ["products"], query)


@router.get("/products/search")
async def search_products(
    database: DatabaseDep, cache: CacheDep, q: Words, limit: Limit = 20
) -> Response:
    """Products whose name or description has all these words, best match first."""
    query = json_query(SEVERAL, database, catalog.search_products, q, limit)
    return CachedResponse(cache, f"search:{limit}:{q}", ["products"], query)


@router.get("/products/{product_id:int}")
async def get_product(database: DatabaseDep, cache: CacheDep, product_id: Id) -> Response:
    """One product."""
    query = json_query(ONE, database, catalog.find_product, product_id)
    key = f"product:{product_id}"
    return CachedResponse(cache, key, [key], query, NotFound("product", product_id))


@router.get("/categories/{category_id:int}/products")
async def list_category(
    database: DatabaseDep, cache: CacheDep, category_id: Id, limit: Limit = 20, after: After = 0
) -> Response:
    """The products of a category by id."""
    query = json_query(PAGE, database, catalog.list_category, category_id, limit, after)
    key = f"category:{category_id}:{limit}:{after}"
    missing = NotFound("category", category_id)
    return CachedResponse(cache, key, ["products", "categories"], query, missing)
