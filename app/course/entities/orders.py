"""Orders as ORM objects, with everything a response shows of them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.shop.models import Order, OrderLine

SHOWN = selectinload(Order.lines).joinedload(OrderLine.product)


async def newest_orders(
    session: AsyncSession, limit: int, before: int | None = None
) -> Sequence[Order]:
    """At most ``limit`` orders with ids below ``before``, newest first."""
    query = select(Order).order_by(Order.id.desc()).limit(limit).options(SHOWN)
    if before is not None:
        query = query.where(Order.id < before)
    return (await session.scalars(query)).all()


async def find_order(session: AsyncSession, order_id: int) -> Order | None:
    return await session.get(Order, order_id, options=[SHOWN])
