"""The JSON built by PostgreSQL equals the JSON that the Pydantic models would serialize."""

import json
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import selectinload

from app.shop import create_app
from app.shop.accounts.schemas import User
from app.shop.catalog.schemas import Category, Product, ProductPage
from app.shop.community.schemas import Post
from app.shop.database import Database
from app.shop.models import Account, Comment, OrderLine
from app.shop.models import Order as OrderRow
from app.shop.models import Post as PostRow
from app.shop.models import Product as ProductRow
from app.shop.orders.schemas import Order
from app.shop.settings import Settings
from tests.shop.conftest import client_of

ORDERS = (
    select(OrderRow)
    .order_by(OrderRow.id.desc())
    .options(selectinload(OrderRow.lines).selectinload(OrderLine.product))
)
POSTS = (
    select(PostRow)
    .order_by(PostRow.id.desc())
    .options(
        selectinload(PostRow.author),
        selectinload(PostRow.product),
        selectinload(PostRow.comments).selectinload(Comment.author),
    )
)
USERS = (
    select(Account)
    .order_by(Account.id)
    .options(selectinload(Account.posts), selectinload(Account.comments))
)
PRODUCTS = select(ProductRow).order_by(ProductRow.id)


def decode(body: bytes) -> Any:
    """Decode objects as lists of pairs, so that the order of the fields is compared too."""
    return json.loads(body, object_pairs_hook=list)


async def serialized_from_orm(
    database: Database, statement: Select[Any], adapter: TypeAdapter[Any]
) -> bytes:
    """What the models serialize when they are validated from ORM objects."""
    async with database.reading() as session:
        rows = (await session.scalars(statement)).all()
    return adapter.dump_json(adapter.validate_python(rows, from_attributes=True))


@pytest.mark.parametrize(
    ("path", "statement", "model"),
    [
        ("/api/orders?limit=400", ORDERS.limit(400), list[Order]),
        ("/api/orders?limit=50&before=60", ORDERS.where(OrderRow.id < 60).limit(50), list[Order]),
        ("/api/posts?limit=400", POSTS.limit(400), list[Post]),
        ("/api/posts?limit=50&before=60", POSTS.where(PostRow.id < 60).limit(50), list[Post]),
        ("/api/users?limit=200", USERS.limit(200), list[User]),
    ],
)
async def test_lists_equal_the_serialized_models(
    client: httpx.AsyncClient,
    database: Database,
    path: str,
    statement: Select[Any],
    model: Any,
) -> None:
    response = await client.get(path)
    expected = decode(await serialized_from_orm(database, statement, TypeAdapter(model)))
    assert len(expected) >= 50
    assert decode(response.content) == expected


async def test_the_newest_users_equal_the_serialized_models(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.reading() as session:
        first = await session.scalar(
            select(Account.id).where(Account.email == "rows-0@example.net")
        )
    assert first is not None
    response = await client.get(f"/api/users?after={first - 1}")
    statement = USERS.where(Account.id >= first).limit(20)
    expected = await serialized_from_orm(database, statement, TypeAdapter(list[User]))
    assert decode(response.content) == decode(expected)
    users = TypeAdapter(list[User]).validate_json(response.content)
    assert [bool(user.posts) for user in users] == [False] * 10 + [True] * 10


async def test_products_equal_the_serialized_models(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.reading() as session:
        rows = (await session.scalars(PRODUCTS.where(ProductRow.sku.like("ROWS-%")))).all()
    assert len(rows) == 25
    for row in rows:
        expected = Product.model_validate(row).model_dump_json().encode()
        response = await client.get(f"/api/products/{row.id}")
        assert decode(response.content) == decode(expected)
    page = await client.get("/api/products", params={"after": rows[0].id - 1, "limit": 25})
    whole = ProductPage(items=[Product.model_validate(row) for row in rows], next=None)
    assert decode(page.content) == decode(whole.model_dump_json().encode())


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/orders/1", Order),
        ("/api/posts/1", Post),
        ("/api/users/1", User),
        ("/api/products/1", Product),
        ("/api/products?limit=100", ProductPage),
        ("/api/products?limit=100&category=1", ProductPage),
        ("/api/categories/1/products", ProductPage),
        ("/api/products/search?q=heart", list[Product]),
        ("/api/categories", list[Category]),
    ],
)
async def test_a_response_round_trips_through_its_model(
    client: httpx.AsyncClient, path: str, model: Any
) -> None:
    response = await client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    adapter = TypeAdapter[Any](model)
    rewritten = adapter.dump_json(adapter.validate_json(response.content))
    assert decode(response.content) == decode(rewritten)


async def test_a_single_resource_equals_its_item_in_the_list(client: httpx.AsyncClient) -> None:
    for kind in ("orders", "posts", "users"):
        for listed in (await client.get(f"/api/{kind}?limit=10")).json():
            single = await client.get(f"/api/{kind}/{listed['id']}")
            assert single.json() == listed


async def test_a_resource_without_children_has_an_empty_list(client: httpx.AsyncClient) -> None:
    newest = (await client.get("/api/orders?limit=400")).json()
    orders = [order for order in newest if order["number"].startswith("ROWS-")]
    assert sum(order["lines"] == [] for order in orders) == 30
    assert sum(order["account_id"] is None for order in orders) == 40
    newest = (await client.get("/api/posts?limit=400")).json()
    posts = [post for post in newest if post["product"]["name"].startswith("Zyxomma")]
    assert sum(post["comments"] == [] for post in posts) == 40


@pytest.mark.parametrize("path", ["/api/users?limit=2000", "/api/posts?limit=300"])
async def test_private_fields_are_not_exposed(client: httpx.AsyncClient, path: str) -> None:
    body = (await client.get(path)).text
    for private in ("email", "password", "secret-hash", "example.net", "scopes"):
        assert private not in body


async def test_the_time_zone_of_the_database_does_not_change_the_response(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    tokyo = create_async_engine(
        settings.database_url, connect_args={"server_settings": {"timezone": "Asia/Tokyo"}}
    )
    async with client_of(create_app(settings, database=Database(tokyo))) as elsewhere:
        for path in ("/api/orders/1", "/api/posts/1"):
            assert (await elsewhere.get(path)).text == (await client.get(path)).text
