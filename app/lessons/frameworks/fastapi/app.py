"""FastAPI on Uvicorn with uvloop and httptools, one process per core, no access log: what Uvicorn's
own documentation recommends. Return types let Pydantic serialize the JSON.

Usual: SQLAlchemy's async ORM over asyncpg, one session per request, relationships loaded by
``selectinload``. Fastest: the finished shop's queries, in which PostgreSQL builds the JSON,
directly on asyncpg's pool.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from app.lessons.frameworks.delivery import Delivery
from app.lessons.frameworks.fastapi.database import DriverDatabase, open_driver_pool
from app.shop import models
from app.shop.catalog.queries import find_product
from app.shop.catalog.schemas import Product
from app.shop.dependencies import DatabaseDep
from app.shop.fields import Id
from app.shop.json_sql import json_response
from app.shop.orders.queries import newest_orders
from app.shop.orders.schemas import Order

router = APIRouter()


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    # Added directly: the paths of an included router are matched twice, first to find the router.
    app.router.routes.extend(router.routes)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["POOL_SIZE"])
    # Both read libpq's variables.
    engine = create_async_engine("postgresql+asyncpg://", pool_size=size, max_overflow=0)
    async with open_driver_pool(size) as pool:
        app.state.session = async_sessionmaker(engine)
        app.state.database = DriverDatabase(pool)
        yield
    await engine.dispose()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


class Message(BaseModel):
    message: str


@router.get("/constant")
async def constant() -> Message:
    return Message(message="Hello, World!")


@router.get("/products/{product_id}", response_model=Product)
async def get_product(session: Session, product_id: Id) -> models.Product:
    product = await session.get(models.Product, product_id)
    if product is None:
        raise HTTPException(404)
    return product


@router.get("/orders", response_model=list[Order])
async def list_orders(session: Session) -> Sequence[models.Order]:
    lines = selectinload(models.Order.lines).options(joinedload(models.OrderLine.product))
    query = select(models.Order).options(lines).order_by(models.Order.id.desc()).limit(20)
    return (await session.scalars(query)).all()


@router.get("/fast/products/{product_id}", response_model=Product)
async def get_product_fast(database: DatabaseDep, product_id: Id) -> Response:
    product = await find_product(database, product_id)
    if product is None:
        raise HTTPException(404)
    return json_response(product)


@router.get("/fast/orders", response_model=list[Order])
async def list_orders_fast(database: DatabaseDep) -> Response:
    return json_response(await newest_orders(database, 20))


@router.post("/deliveries")
async def create_delivery(delivery: Delivery) -> Delivery:
    return delivery
