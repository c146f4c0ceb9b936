"""The orders page with one query per order; the reviews and users pages have the same flaw."""

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.course.overlay import Overlay
from app.lessons.eager_loading import posts, users
from app.shop import models
from app.shop.dependencies import Before as BeforeId
from app.shop.dependencies import Limit, ReadSession
from app.shop.orders.schemas import Order, OrderLine

router = APIRouter(include_in_schema=False)


@router.get("/orders")
async def list_orders(
    session: ReadSession, limit: Limit = 20, before: BeforeId = None
) -> list[Order]:
    """Orders with their lines, newest first."""
    query = select(models.Order).order_by(models.Order.id.desc()).limit(limit)
    if before is not None:
        query = query.where(models.Order.id < before)
    orders = await session.scalars(query)
    return [await with_lines(session, order) for order in orders]


async def with_lines(session: AsyncSession, order: models.Order) -> Order:
    """The order as the API shows it, with its lines."""
    query = (
        select(models.OrderLine)
        .where(models.OrderLine.order_id == order.id)
        .order_by(models.OrderLine.id)
        .options(joinedload(models.OrderLine.product))
    )
    lines = [OrderLine.model_validate(line) for line in await session.scalars(query)]
    return Order(
        id=order.id,
        number=order.number,
        account_id=order.account_id,
        country=order.country,
        status=order.status,  # type: ignore[arg-type]  # a check constraint holds it
        placed_at=order.placed_at,
        lines=lines,
    )


BEFORE = Overlay(routers=(router, posts.router, users.router))
