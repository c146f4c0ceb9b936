"""Orders with their lines."""

from fastapi import APIRouter, Response

from app.shop.dependencies import Before, Limit, ReadSession
from app.shop.errors import NOT_FOUND, NotFound
from app.shop.fields import Id
from app.shop.json_sql import json_response
from app.shop.orders import queries
from app.shop.orders.schemas import Order

router = APIRouter(tags=["orders"])


@router.get("/orders", response_model=list[Order])
async def list_orders(session: ReadSession, limit: Limit = 20, before: Before = None) -> Response:
    """Orders with their lines, newest first."""
    return json_response(await queries.newest_orders(session, limit, before))


@router.get("/orders/{order_id:int}", response_model=Order, responses=NOT_FOUND)
async def get_order(session: ReadSession, order_id: Id) -> Response:
    """One order with its lines."""
    order = await queries.find_order(session, order_id)
    if order is None:
        raise NotFound("order", order_id)
    return json_response(order)
