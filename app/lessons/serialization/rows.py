"""The orders page as dictionaries and as msgspec's structs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.course.entities.orders import newest_orders
from app.shop import models


def to_dict(entity: models.Base) -> dict[str, Any]:
    """All columns of an ORM object, and its related objects, as far as they were loaded."""
    loaded = {name: value for name, value in vars(entity).items() if not name.startswith("_")}
    return {name: _plain(value) for name, value in loaded.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return to_dict(value) if isinstance(value, models.Base) else value


async def every_column(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """The newest orders with their lines: ORM objects, each converted to a dictionary."""
    return [to_dict(order) for order in await newest_orders(session, limit)]


ORDERS = select(
    models.Order.id,
    models.Order.number,
    models.Order.account_id,
    models.Order.country,
    models.Order.status,
    models.Order.placed_at,
).order_by(models.Order.id.desc())
LINES = (
    select(
        models.OrderLine.order_id,
        models.OrderLine.id,
        models.OrderLine.quantity,
        models.OrderLine.unit_price,
        models.Product.id.label("product_id"),
        models.Product.sku,
        models.Product.name,
    )
    .join(models.Product, models.Product.id == models.OrderLine.product_id)
    .order_by(models.OrderLine.id)
)


async def as_dicts(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """The newest orders with their lines, in two statements."""
    rows = await session.execute(ORDERS.limit(limit))
    orders = {row.id: {**row._mapping, "lines": []} for row in rows}
    for line in await session.execute(LINES.where(models.OrderLine.order_id.in_(orders))):
        product = {"id": line.product_id, "sku": line.sku, "name": line.name}
        orders[line.order_id]["lines"].append(
            {
                "id": line.id,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "product": product,
            }
        )
    return list(orders.values())


class Product(msgspec.Struct):
    id: int
    sku: str
    name: str


class Line(msgspec.Struct):
    id: int
    quantity: int
    unit_price: Decimal
    product: Product


class Order(msgspec.Struct):
    id: int
    number: str
    account_id: int | None
    country: str
    status: str
    placed_at: datetime
    lines: list[Line]


async def as_structs(session: AsyncSession, limit: int) -> list[Order]:
    """The same as structs. Creating one validates nothing."""
    rows = await session.execute(ORDERS.limit(limit))
    orders = {row.id: Order(*row, lines=[]) for row in rows}
    for line in await session.execute(LINES.where(models.OrderLine.order_id.in_(orders))):
        product = Product(line.product_id, line.sku, line.name)
        orders[line.order_id].lines.append(Line(line.id, line.quantity, line.unit_price, product))
    return list(orders.values())
