"""What building JSON in PostgreSQL saves, counted: ORM objects, models, rows and statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import orjson
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import create_async_engine

from app.course.entities.orders import newest_orders
from app.course.json_text import text_difference
from app.course.objects import Objects
from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.lessons.serialization import rows
from app.lessons.serialization.check import EXPECTED, objects_in
from app.lessons.serialization.cpu_split import OTHER, PARTS, WAITING, CpuSplit
from app.lessons.serialization.description import fields_of
from app.lessons.serialization.trial import trial
from app.shop.database import Database
from app.shop.orders.schemas import Order
from app.shop.settings import Settings
from tests.lessons.costs import Pairs, costs, people_of


def objects_of_orders(orders: list[dict[str, Any]]) -> int:
    lines = [line for order in orders for line in order["lines"]]
    return len(orders) + len(lines) + len({line["product"]["id"] for line in lines})


def objects_of_posts(posts: list[dict[str, Any]]) -> int:
    comments = [comment for post in posts for comment in post["comments"]]
    people: set[int] = set().union(*map(people_of, posts))
    return len(posts) + len(comments) + len(people) + len({post["product"]["id"] for post in posts})


def objects_of_users(users: list[dict[str, Any]]) -> int:
    return sum(1 + len(user["posts"]) + len(user["comments"]) for user in users)


@pytest.mark.parametrize(
    ("path", "objects", "statements"),
    [
        ("/api/products/1", lambda _: 1, 1),
        ("/api/products?limit=20", lambda _: 21, 1),
        ("/api/products/search?q=heart&limit=9", len, 1),
        ("/api/categories/1/products?limit=20", lambda _: 22, 2),
        ("/api/orders?limit=20", objects_of_orders, 2),
        ("/api/orders/1000", lambda order: objects_of_orders([order]), 2),
        ("/api/posts?limit=20", objects_of_posts, 2),
        ("/api/posts/77", lambda post: objects_of_posts([post]), 2),
        ("/api/users?limit=20", objects_of_users, 3),
        ("/api/users/41", lambda user: objects_of_users([user]), 3),
        ("/api/me", lambda _: 1, 1),
    ],
)
def test_json_from_postgresql_needs_no_orm_objects(
    pair_of: Pairs, path: str, objects: Any, statements: int
) -> None:
    """For the first read, which is not cached yet."""
    before, after = costs(pair_of("serialization"), path, warm=False)
    assert before.objects == objects(before.body)
    assert after.objects == 0
    assert (before.work.statements, after.work.statements) == (statements, 1)
    assert after.work.rows == 1


@pytest.mark.parametrize(
    "path", ["/api/products?limit=11", "/api/orders?limit=11", "/api/users?limit=11"]
)
async def test_json_from_postgresql_needs_no_validation(pair_of: Pairs, path: str) -> None:
    before, after = [
        await exchange(server, path, instruments=["objects"]) for server in pair_of("serialization")
    ]
    assert before.answer == after.answer
    assert before.objects is not None
    assert before.objects.validations == objects_in(before.answer) > 11
    assert before.objects.json_dumps == 1
    assert after.objects == Objects()


def test_json_from_postgresql_reduces_the_rows_of_reports(pair_of: Pairs) -> None:
    report = "/api/reports/sales?country=Iceland"
    before, after = costs(pair_of("serialization"), report, warm=False)
    # One row is left for each of the two parts: the past months and the current one.
    assert (before.work.rows, after.work.rows) == (len(before.body), 2)


async def test_plain_rows_become_the_text_that_pydantic_writes(shared: Settings) -> None:
    database = Database(create_async_engine(shared.database_url))
    async with database.reading() as session:
        adapter = TypeAdapter(list[Order])
        entities = await newest_orders(session, 40)
        expected = adapter.dump_json(adapter.validate_python(entities, from_attributes=True))
        dicts = await rows.as_dicts(session, 40)
        structs = await rows.as_structs(session, 40)
    await database.close()
    by_orjson = orjson.dumps(dicts, default=str, option=orjson.OPT_UTC_Z)
    assert text_difference(expected, by_orjson) is None
    assert text_difference(expected, msgspec.json.encode(structs)) is None


async def test_the_split_adds_up_what_a_request_does(shared: Settings) -> None:
    database = Database(create_async_engine(shared.database_url))
    split = CpuSplit()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan, middleware=[split.layer])

    @app.get("/", response_model=None)
    async def orders() -> object:
        async with database.reading() as session:
            return await rows.every_column(session, 20)

    with Server(app) as server:
        for _ in range(3):
            assert (await exchange(server, "/")).status == 200
    assert sum(split.shares.values()) == pytest.approx(1)
    assert {"jsonable_encoder", "SQLAlchemy: rows to objects", WAITING} <= split.shares.keys()
    assert split.shares.keys() <= {*PARTS.values(), WAITING, OTHER}


async def test_the_description_has_the_fields_of_nested_models(shared: Settings) -> None:
    router = APIRouter()

    @router.get("/users", response_model=EXPECTED["/users"])
    async def users() -> object:
        return []

    @router.get("/orders/{number:int}")
    async def order(number: int) -> object:
        return number

    tried = await trial(router, shared)
    # Neither needs a database.
    assert set(tried["without_database"].values()) == {200}
    described = tried["described"]
    posts = {"id": None, "title": None}
    comments = {"id": None, "post_id": None, "body": None}
    assert described["/users"] == {
        "id": None, "full_name": None, "country": None, "posts": posts, "comments": comments,
    }  # fmt: skip
    assert described["/orders/{order_id}"] is None
    schema = TypeAdapter(Order).json_schema(mode="serialization")
    fields = fields_of(schema, schema["$defs"])
    assert fields is not None
    assert fields["lines"] is not None
    assert fields["lines"]["product"] == {"id": None, "sku": None, "name": None}
