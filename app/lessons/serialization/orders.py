"""Orders as objects, with eager loading."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.shop import models
from app.shop.dependencies import Before, Limit, ReadSession
from app.shop.errors import NotFound
from app.shop.fields import Id
from app.shop.orders.schemas import Order

router = APIRouter(include_in_schema=False)

SHOWN = selectinload(models.Order.lines).joinedload(models.OrderLine.product)


@router.get("/orders", response_model=list[Order])
async def list_orders(
    session: ReadSession, limit: Limit = 20, before: Before = None
) -> Sequence[models.Order]:
    """Orders with their lines, newest first."""
    query = select(models.Order).order_by(models.Order.id.desc()).limit(limit).options(SHOWN)
    if before is not None:
        query = query.where(models.Order.id < before)
    return (await session.scalars(query)).all()


@router.get("/orders/{order_id:int}", response_model=Order)
async def get_order(session: ReadSession, order_id: Id) -> models.Order:
    """One order with its lines."""
    order = await session.get(models.Order, order_id, options=[SHOWN])
    if order is None:
        raise NotFound("order", order_id)
    return order
