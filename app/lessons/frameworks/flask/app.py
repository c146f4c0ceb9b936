"""Flask on Gunicorn with threads, an application factory, no debug mode. Pydantic validates and
serializes the JSON: of the two usual choices (the other is marshmallow) it takes less time.

Usual: SQLAlchemy's ORM over psycopg, one session per request, relationships loaded by
``selectinload``. Fastest: psycopg and its pool, and one statement in which PostgreSQL builds the
JSON.
"""

import os
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request
from psycopg import Connection, RawCursor
from psycopg_pool import ConnectionPool
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, joinedload, selectinload, sessionmaker

from app.lessons.frameworks.delivery import Delivery
from app.shop import models
from app.shop.catalog.schemas import Product
from app.shop.orders.schemas import Order

SQL = Path(__file__).parent.parent / "sql"
PRODUCT, ORDERS = ((SQL / name).read_text() for name in ("product.sql", "orders.sql"))
NEWEST = 2**31
"""Greater than every id."""

routes = Blueprint("shop", __name__)
order_list = TypeAdapter(list[Order])


def create_app() -> Flask:
    size = int(os.environ["POOL_SIZE"])
    app = Flask(__name__)
    # Both read libpq's variables; neither connects before the first request.
    engine = create_engine("postgresql+psycopg://", pool_size=size, max_overflow=0)
    app.extensions["session"] = sessionmaker(engine)
    app.extensions["pool"] = ConnectionPool(
        kwargs={"autocommit": True, "cursor_factory": RawCursor},
        min_size=0,
        max_size=size,
        open=True,
    )
    app.register_blueprint(routes)
    return app


def new_session() -> Session:
    session: Session = current_app.extensions["session"]()
    return session


def json_response(body: str | bytes) -> Response:
    return Response(body, mimetype="application/json")


@routes.get("/constant")
def constant() -> dict[str, str]:
    return {"message": "Hello, World!"}


@routes.get("/products/<int(max=2147483647):product_id>")
def get_product(product_id: int) -> Response:
    with new_session() as session:
        product = session.get(models.Product, product_id)
        if product is None:
            abort(404)
        return json_response(Product.model_validate(product).model_dump_json())


@routes.get("/orders")
def list_orders() -> Response:
    lines = selectinload(models.Order.lines).options(joinedload(models.OrderLine.product))
    query = select(models.Order).options(lines).order_by(models.Order.id.desc()).limit(20)
    with new_session() as session:
        orders = order_list.validate_python(session.scalars(query).all())
    return json_response(order_list.dump_json(orders))


def fetch_value(query: str, *values: object) -> Any:
    """The first column of the statement's first row, or ``None`` without a row."""
    pool: ConnectionPool[Connection[Any]] = current_app.extensions["pool"]
    with pool.connection() as connection:
        row = connection.execute(query.encode(), values).fetchone()
    return row[0] if row else None


@routes.get("/fast/products/<int(max=2147483647):product_id>")
def get_product_fast(product_id: int) -> Response:
    return json_response(fetch_value(PRODUCT, product_id) or abort(404))


@routes.get("/fast/orders")
def list_orders_fast() -> Response:
    return json_response(fetch_value(ORDERS, NEWEST, 20))


@routes.post("/deliveries")
def create_delivery() -> Response:
    try:
        delivery = Delivery.model_validate_json(request.get_data())
    except ValidationError as error:
        return Response(error.json(), 422, mimetype="application/json")
    return json_response(delivery.model_dump_json())
