"""The parts of the dashboard, from ORM objects and aggregates."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.shop import models
from app.shop.catalog.schemas import Category
from app.shop.dashboard.schemas import Notification, RecentOrder, Statistics
from app.shop.models import Comment, Order, OrderLine, Post, Product

NOTHING = Decimal("0.00")
_AMOUNT = OrderLine.unit_price * OrderLine.quantity


async def recent_orders(session: AsyncSession, account_id: int) -> list[RecentOrder]:
    """The account's latest orders, at most five, newest first."""
    query = (
        select(Order)
        .where(Order.account_id == account_id)
        .order_by(Order.id.desc())
        .limit(5)
        .options(selectinload(Order.lines))
    )
    return [_summary(order) for order in await session.scalars(query)]


def _summary(order: Order) -> RecentOrder:
    return RecentOrder(
        id=order.id,
        number=order.number,
        status=order.status,  # type: ignore[arg-type]  # a check constraint holds it
        placed_at=order.placed_at,
        lines=len(order.lines),
        total=sum((line.quantity * line.unit_price for line in order.lines), NOTHING),
    )


async def order_statistics(session: AsyncSession, account_id: int) -> Statistics:
    own = Order.account_id == account_id
    placed = select(func.count(), func.min(Order.placed_at), func.max(Order.placed_at))
    orders, first, last = (
        await session.execute(placed.where(own, Order.status == "completed"))
    ).one()
    spent = await session.scalar(select(func.sum(_AMOUNT)).join(OrderLine.order).where(own))
    return Statistics(
        orders=orders,
        total_spent=NOTHING if spent is None else spent,
        first_order_at=first,
        last_order_at=last,
        favourite_category=await _favourite_category(session, account_id),
    )


async def _favourite_category(session: AsyncSession, account_id: int) -> Category | None:
    amount = func.sum(_AMOUNT)
    query = (
        select(models.Category)
        .join(Product, Product.category_id == models.Category.id)
        .join(OrderLine, OrderLine.product_id == Product.id)
        .join(OrderLine.order)
        .where(Order.account_id == account_id)
        .group_by(models.Category.id)
        .having(amount > 0)
        .order_by(amount.desc(), models.Category.id)
        .limit(1)
    )
    favourite = await session.scalar(query)
    return None if favourite is None else Category.model_validate(favourite)


async def notifications(session: AsyncSession, account_id: int) -> list[Notification]:
    """At most ten comments by others on the account's posts, newest first."""
    query = (
        select(Comment)
        .join(Comment.post)
        .where(Post.author_id == account_id, Comment.author_id != account_id)
        .order_by(Comment.id.desc())
        .limit(10)
        .options(contains_eager(Comment.post), joinedload(Comment.author))
    )
    found: Sequence[Comment] = (await session.scalars(query)).all()
    return [Notification.model_validate(comment, from_attributes=True) for comment in found]
