"""A product's latest sales, read in two ways: by the ORM, and as JSON that PostgreSQL builds."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, text
from sqlalchemy.orm import joinedload

from app.shop import models
from app.shop.dependencies import ReadSession
from app.shop.errors import NotFound
from app.shop.fields import Id
from app.shop.json_sql import json_list, json_response, utc

PATH = "/products/{product_id:int}/sales"
MOST = 200


class SaleOrder(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    number: str
    country: str
    placed_at: datetime


class Sale(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    quantity: int
    unit_price: Decimal
    order: SaleOrder


async def existing_product(session: ReadSession, product_id: Id) -> models.Product:
    product = await session.get(models.Product, product_id)
    if product is None:
        raise NotFound("product", product_id)
    return product


ProductDep = Annotated[models.Product, Depends(existing_product)]

by_orm = APIRouter()


@by_orm.get(PATH, response_model=list[Sale])
async def sales_by_orm(session: ReadSession, product: ProductDep) -> Sequence[models.OrderLine]:
    query = select(models.OrderLine).where(models.OrderLine.product_id == product.id)
    query = query.order_by(models.OrderLine.id.desc()).limit(MOST)
    query = query.options(joinedload(models.OrderLine.order))
    return (await session.scalars(query)).all()


SALES = text(
    json_list(
        f"""
        SELECT line.id, line.quantity, line.unit_price::text,
               (SELECT shown FROM (SELECT sold.number, sold.country,
                                          {utc("sold.placed_at")} AS placed_at) AS shown) AS "order"
        FROM order_lines AS line JOIN orders AS sold ON sold.id = line.order_id
        WHERE line.product_id = :product
        ORDER BY line.id DESC LIMIT {MOST}
        """,
        "id DESC",
    )
)

by_sql = APIRouter()


@by_sql.get(PATH, response_model=list[Sale])
async def sales_by_sql(session: ReadSession, product: ProductDep) -> Response:
    return json_response(await session.scalar(SALES, {"product": product.id}))
