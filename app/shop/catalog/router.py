"""Products and their categories."""

from functools import partial
from typing import Annotated

from fastapi import Query, Request, Response

from app.shop.accounts.authorization import requires
from app.shop.api import api_router
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.catalog import prices, queries, writes
from app.shop.catalog.bulk import copy_products
from app.shop.catalog.bulk_body import Prices, Products, described_prices, described_products
from app.shop.catalog.schemas import (
    Category,
    NewProduct,
    PricesChanged,
    Product,
    ProductChange,
    ProductPage,
    ProductsCreated,
)
from app.shop.created import CREATED, created
from app.shop.dependencies import After, CacheDep, DatabaseDep, Limit, WriteSession, changes
from app.shop.errors import NOT_FOUND, NotFound, documented
from app.shop.fields import MAX_ID, WITHOUT_NUL, Id
from app.shop.json_sql import json_response
from app.shop.tags import ASSORTMENT, PRODUCT_NAMES

router = api_router("catalog", route_class=CachedRoute)

CategoryFilter = Annotated[
    int | None, Query(ge=0, le=MAX_ID, description="Only products of this category")
]
Words = Annotated[
    str,
    Query(
        min_length=1, max_length=200, pattern=WITHOUT_NUL, description="Words, or how they begin"
    ),
]


@router.get("/products", response_model=ProductPage)
async def list_products(
    database: DatabaseDep,
    cache: CacheDep,
    limit: Limit = 20,
    after: After = 0,
    category: CategoryFilter = None,
) -> Response:
    """Products by id; ``next`` is the ``after`` of the next page."""
    query = partial(queries.list_products, database, limit, after, category)
    return CachedResponse(cache, f"products:{limit}:{after}:{category}", ["products"], query)


@router.get("/products/search", response_model=list[Product])
async def search_products(
    database: DatabaseDep, cache: CacheDep, q: Words, limit: Limit = 20
) -> Response:
    """Products whose name or description has all these words, best match first."""
    query = partial(queries.search_products, database, q, limit)
    return CachedResponse(cache, f"search:{limit}:{q}", ["products"], query)


@router.get("/products/{product_id:int}", response_model=Product, responses=NOT_FOUND)
async def get_product(database: DatabaseDep, cache: CacheDep, product_id: Id) -> Response:
    """One product."""
    query = partial(queries.find_product, database, product_id)
    key = f"product:{product_id}"
    return CachedResponse(cache, key, [key], query, NotFound("product", product_id))


@router.get("/categories", response_model=list[Category])
async def list_categories(database: DatabaseDep, cache: CacheDep) -> Response:
    """All categories."""
    query = partial(queries.list_categories, database)
    return CachedResponse(cache, "categories", ["categories"], query)


@router.get(
    "/categories/{category_id:int}/products", response_model=ProductPage, responses=NOT_FOUND
)
async def list_category(
    database: DatabaseDep, cache: CacheDep, category_id: Id, limit: Limit = 20, after: After = 0
) -> Response:
    """The products of a category by id."""
    query = partial(queries.list_category, database, category_id, limit, after)
    key = f"category:{category_id}:{limit}:{after}"
    missing = NotFound("category", category_id)
    return CachedResponse(cache, key, ["products", "categories"], query, missing)


@router.post(
    "/products",
    status_code=201,
    response_model=Product,
    dependencies=[requires("catalog:write")],
    responses=CREATED | documented(400, 401, 403, 409),
)
async def create_product(request: Request, session: WriteSession, product: NewProduct) -> Response:
    """Add a product."""
    number, body = await writes.create_product(session, product)
    changes(session, "products", f"product:{number}")
    return created(request, number, body)


@router.post(
    "/products/bulk",
    status_code=201,
    dependencies=[requires("catalog:write")],
    responses=documented(401, 403, 409),
    openapi_extra=described_products(),
)
async def create_products(products: Products, session: WriteSession) -> ProductsCreated:
    """Add up to 10,000 products: all of them, or none.

    Where one cannot be added, the problem names the first such one by its place in the request,
    counted from 0. Values are checked first, then skus and categories.
    """
    ids = await copy_products(session, products)
    changes(session, "products", *(f"product:{number}" for number in ids))
    return ProductsCreated(count=len(ids), ids=ids)


@router.patch(
    "/products/prices",
    dependencies=[requires("catalog:write")],
    responses=documented(401, 403, 409),
    openapi_extra=described_prices(),
)
async def change_prices(changed: Prices, session: WriteSession) -> PricesChanged:
    """Change up to 5,000 prices: all of them, or none.

    If the request names a product twice, the problem has the position of the second change, counted
    from 0; otherwise those of all changes to products that do not exist. Values are checked first.
    """
    await prices.change_prices(session, changed)
    changes(session, "products", *(f"product:{change.id}" for change in changed))
    return PricesChanged(count=len(changed))


@router.patch(
    "/products/{product_id:int}",
    response_model=Product,
    dependencies=[requires("catalog:write")],
    responses=documented(400, 401, 403, 404, 409),
)
async def change_product(session: WriteSession, product_id: Id, change: ProductChange) -> Response:
    """Change the given fields of a product."""
    body = await writes.change_product(session, product_id, change)
    if body is None:
        raise NotFound("product", product_id)
    changes(session, "products", f"product:{product_id}")
    if "category_id" in change:
        changes(session, ASSORTMENT)
    if "name" in change or "sku" in change:
        changes(session, PRODUCT_NAMES)
    return json_response(body)


@router.delete(
    "/products/{product_id:int}",
    status_code=204,
    dependencies=[requires("catalog:write")],
    responses=documented(401, 403, 404, 409),
)
async def delete_product(session: WriteSession, product_id: Id) -> None:
    """Take a product out of the catalog, unless it was ordered or reviewed."""
    if not await writes.delete_product(session, product_id):
        raise NotFound("product", product_id)
    changes(session, "products", f"product:{product_id}")
