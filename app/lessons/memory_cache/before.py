"""No cache: every response is built from the database again."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select

from app.course.entities import accounts, catalog, community, orders, reports
from app.course.overlay import Overlay
from app.shop import models
from app.shop.accounts.schemas import User
from app.shop.cache import NoCache
from app.shop.catalog.router import CategoryFilter, Words
from app.shop.catalog.schemas import Category, Product, ProductPage
from app.shop.community.schemas import Post
from app.shop.dependencies import After, Limit, ReadSession
from app.shop.dependencies import Before as BeforeId
from app.shop.errors import NotFound
from app.shop.fields import Country, Id
from app.shop.orders.schemas import Order
from app.shop.reports.schemas import MonthlySales
from app.shop.settings import Settings

router = APIRouter(include_in_schema=False)


@router.get("/products")
async def list_products(
    session: ReadSession, limit: Limit = 20, after: After = 0, category: CategoryFilter = None
) -> ProductPage:
    """Products by id; ``next`` is the ``after`` of the next page."""
    return await catalog.list_products(session, limit, after, category)


@router.get("/products/search", response_model=list[Product])
async def search_products(
    session: ReadSession, q: Words, limit: Limit = 20
) -> Sequence[models.Product]:
    """Products whose name or description has all these words, best match first."""
    return await catalog.search_products(session, q, limit)


@router.get("/products/{product_id:int}", response_model=Product)
async def get_product(session: ReadSession, product_id: Id) -> models.Product:
    """One product."""
    product = await session.get(models.Product, product_id)
    if product is None:
        raise NotFound("product", product_id)
    return product


@router.get("/categories", response_model=list[Category])
async def list_categories(session: ReadSession) -> Sequence[models.Category]:
    """All categories."""
    return (await session.scalars(select(models.Category).order_by(models.Category.id))).all()


@router.get("/categories/{category_id:int}/products")
async def list_category(
    session: ReadSession, category_id: Id, limit: Limit = 20, after: After = 0
) -> ProductPage:
    """The products of a category by id."""
    page = await catalog.list_category(session, category_id, limit, after)
    if page is None:
        raise NotFound("category", category_id)
    return page


@router.get("/posts", response_model=list[Post])
async def list_posts(
    session: ReadSession, limit: Limit = 20, before: BeforeId = None
) -> Sequence[models.Post]:
    """Posts with author, product and comments, newest first."""
    return await community.newest_posts(session, limit, before)


@router.get("/posts/{post_id:int}", response_model=Post)
async def get_post(session: ReadSession, post_id: Id) -> models.Post:
    """One post with author, product and comments."""
    post = await community.find_post(session, post_id)
    if post is None:
        raise NotFound("post", post_id)
    return post


@router.get("/orders", response_model=list[Order])
async def list_orders(
    session: ReadSession, limit: Limit = 20, before: BeforeId = None
) -> Sequence[models.Order]:
    """Orders with their lines, newest first."""
    return await orders.newest_orders(session, limit, before)


@router.get("/orders/{order_id:int}", response_model=Order)
async def get_order(session: ReadSession, order_id: Id) -> models.Order:
    """One order with its lines."""
    order = await orders.find_order(session, order_id)
    if order is None:
        raise NotFound("order", order_id)
    return order


@router.get("/users", response_model=list[User])
async def list_users(
    session: ReadSession, limit: Limit = 20, after: After = 0
) -> Sequence[models.Account]:
    """Accounts with their posts and comments, by id."""
    return await accounts.list_users(session, limit, after)


@router.get("/reports/sales")
async def report_sales(session: ReadSession, country: Country = None) -> list[MonthlySales]:
    """Revenue, lines and orders by month and category, oldest month first."""
    return await reports.sales(session, country)


def open_cache(_settings: Settings) -> NoCache:
    return NoCache()


BEFORE = Overlay(routers=(router,), cache=open_cache)
