"""Products and their categories."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.shop.catalog import queries
from app.shop.catalog.schemas import Category, Product, ProductPage
from app.shop.dependencies import After, Limit, ReadSession
from app.shop.errors import NOT_FOUND, NotFound
from app.shop.fields import MAX_ID, WITHOUT_NUL, Id
from app.shop.json_sql import json_response

router = APIRouter(tags=["catalog"])

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
    session: ReadSession, limit: Limit = 20, after: After = 0, category: CategoryFilter = None
) -> Response:
    """Products by id; ``next`` is the ``after`` of the next page."""
    return json_response(await queries.list_products(session, limit, after, category))


@router.get("/products/search", response_model=list[Product])
async def search_products(session: ReadSession, q: Words, limit: Limit = 20) -> Response:
    """Products whose name or description has all these words, best match first."""
    return json_response(await queries.search_products(session, q, limit))


@router.get("/products/{product_id:int}", response_model=Product, responses=NOT_FOUND)
async def get_product(session: ReadSession, product_id: Id) -> Response:
    """One product."""
    product = await queries.find_product(session, product_id)
    if product is None:
        raise NotFound("product", product_id)
    return json_response(product)


@router.get("/categories")
async def list_categories(session: ReadSession) -> list[Category]:
    """All categories."""
    return [Category.model_validate(row) for row in await queries.list_categories(session)]


@router.get(
    "/categories/{category_id:int}/products", response_model=ProductPage, responses=NOT_FOUND
)
async def list_category(
    session: ReadSession, category_id: Id, limit: Limit = 20, after: After = 0
) -> Response:
    """The products of a category by id."""
    page = await queries.list_category(session, category_id, limit, after)
    if page is None:
        raise NotFound("category", category_id)
    return json_response(page)
