"""The reports, as rows."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.models import Category, Order, OrderLine, Product
from app.shop.reports.schemas import MonthlySales


async def sales(
    session: AsyncSession, country: str | None = None, *placed: ColumnElement[bool]
) -> list[MonthlySales]:
    """Sales by month and category, of one ``country`` or all, for the orders ``placed`` selects."""
    lines = (
        select(
            Order.placed_at,
            Product.category_id,
            func.count().label("lines"),
            func.sum(OrderLine.quantity * OrderLine.unit_price).label("revenue"),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Product, Product.id == OrderLine.product_id)
        .group_by(Order.id, Product.category_id)
    )
    lines = lines.where(*placed)
    if country is not None:
        lines = lines.where(Order.country == country)
    part = lines.subquery()
    month = func.to_char(func.timezone("UTC", part.c.placed_at), "YYYY-MM").label("month")
    sold = (
        select(
            month,
            part.c.category_id,
            func.sum(part.c.revenue).label("revenue"),
            func.sum(part.c.lines).label("lines"),
            func.count().label("orders"),
        )
        .group_by(month, part.c.category_id)
        .subquery()
    )
    query = (
        select(sold, Category.name.label("category"))
        .join(Category, Category.id == sold.c.category_id)
        .order_by(sold.c.month, sold.c.category_id)
    )
    rows = await session.execute(query)
    return [MonthlySales.model_validate(row, from_attributes=True) for row in rows]
