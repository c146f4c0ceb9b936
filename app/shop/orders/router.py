"""Endpoints for orders."""

from functools import partial
from typing import Annotated

from fastapi import Request, Response

from app.shop.accounts.authorization import User, requires
from app.shop.api import api_router
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.created import CREATED, created
from app.shop.dependencies import Before, CacheDep, DatabaseDep, Limit, WriteSession, changes
from app.shop.errors import NOT_FOUND, NotFound, documented
from app.shop.fields import Id
from app.shop.orders import queries
from app.shop.orders.schemas import NewOrder, Order
from app.shop.orders.writes import place_order
from app.shop.tags import PRODUCT_NAMES, SALES

router = api_router("orders", route_class=CachedRoute)

Buyer = Annotated[User, requires("orders:write")]


@router.get("/orders", response_model=list[Order])
async def list_orders(
    database: DatabaseDep, cache: CacheDep, limit: Limit = 20, before: Before = None
) -> Response:
    """Orders with their lines, newest first."""
    query = partial(queries.newest_orders, database, limit, before)
    return CachedResponse(cache, f"orders:{limit}:{before}", ["orders", PRODUCT_NAMES], query)


@router.get("/orders/{order_id:int}", response_model=Order, responses=NOT_FOUND)
async def get_order(database: DatabaseDep, cache: CacheDep, order_id: Id) -> Response:
    """One order with its lines."""
    key = f"order:{order_id}"
    query = partial(queries.find_order, database, order_id)
    return CachedResponse(cache, key, [key, PRODUCT_NAMES], query, NotFound("order", order_id))


@router.post(
    "/orders",
    status_code=201,
    response_model=Order,
    responses=CREATED | documented(400, 401, 403, 409),
)
async def create_order(
    request: Request, buyer: Buyer, session: WriteSession, order: NewOrder
) -> Response:
    """Order products at their current prices."""
    number, body = await place_order(session, buyer.id, order.lines)
    changes(session, SALES, "orders", f"order:{number}")
    return created(request, number, body)
