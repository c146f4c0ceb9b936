"""Orders as ORM objects with eager loading, serialized for the cache."""

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from app.course.entities.orders import find_order, newest_orders
from app.lessons.serialization.json_query import json_query
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import Before, CacheDep, DatabaseDep, Limit
from app.shop.errors import NotFound
from app.shop.fields import Id
from app.shop.orders.schemas import Order
from app.shop.tags import PRODUCT_NAMES

router = APIRouter(route_class=CachedRoute, include_in_schema=False)

ONE = TypeAdapter(Order)
SEVERAL = TypeAdapter(list[Order])


@router.get("/orders")
async def list_orders(
    database: DatabaseDep, cache: CacheDep, limit: Limit = 20, before: Before = None
) -> Response:
    """Orders with their lines, newest first."""
    query = json_query(SEVERAL, database, newest_orders, limit, before)
    return CachedResponse(cache, f"orders:{limit}:{before}", ["orders", PRODUCT_NAMES], query)


@router.get("/orders/{order_id:int}")
async def get_order(database: DatabaseDep, cache: CacheDep, order_id: Id) -> Response:
    """One order with its lines."""
    key = f"order:{order_id}"
    query = json_query(ONE, database, find_order, order_id)
    return CachedResponse(cache, key, [key, PRODUCT_NAMES], query, NotFound("order", order_id))
