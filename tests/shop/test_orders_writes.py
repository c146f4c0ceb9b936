"""Placing an order: at the prices of the moment, all or nothing, in two statements."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, event, func, insert, select, text, update

from app.shop import create_app
from app.shop.database import Database
from app.shop.models import Account, Order, OrderLine, Product
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem
from tests.shop.writing import (
    NO_TEXT,
    NOBODY,
    NotingCache,
    own_database,
    rows_of,
    wait_for_locks,
    work_of,
)

BUYER = 2
HEADERS = bearer(BUYER, "orders:write")


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with own_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings)) as client:
        client.headers.update(HEADERS)
        yield client


def lines(*wanted: tuple[int, int]) -> dict[str, Any]:
    """The body of an order for (product, quantity) each."""
    return {"lines": [{"product_id": product, "quantity": count} for product, count in wanted]}


async def order(client: httpx.AsyncClient, body: object) -> httpx.Response:
    return await client.post("/api/orders", json=body)


async def sizes(database: Database) -> tuple[int, int]:
    return await rows_of(database, "orders"), await rows_of(database, "order_lines")


async def test_an_order_is_there_afterwards(client: httpx.AsyncClient, database: Database) -> None:
    wanted = [(3, 2), (1, 10_000), (3, 1), (2, 7)]
    answer = await order(client, lines(*wanted))
    assert answer.status_code == 201
    placed = answer.json()
    assert answer.headers["location"] == f"/api/orders/{placed['id']}"
    assert (await client.get(answer.headers["location"])).content == answer.content
    assert (await client.get("/api/orders?limit=1")).json() == [placed]
    async with database.reading() as session:
        country = await session.scalar(select(Account.country).where(Account.id == BUYER))
    assert placed["account_id"] == BUYER
    assert placed["country"] == country
    assert placed["status"] == "completed"
    age = datetime.now(UTC) - datetime.fromisoformat(placed["placed_at"])
    assert timedelta(0) <= age < timedelta(minutes=1)
    shown = [(line["product"]["id"], line["quantity"]) for line in placed["lines"]]
    assert shown == wanted
    for line in placed["lines"]:
        product = (await client.get(f"/api/products/{line['product']['id']}")).json()
        assert line["unit_price"] == product["price"]
        assert line["product"] == {name: product[name] for name in ("id", "sku", "name")}


async def test_the_lines_keep_the_order_of_the_request(client: httpx.AsyncClient) -> None:
    wanted = [(1 + (number * 37) % 500, 1 + number) for number in range(200)]
    placed = (await order(client, lines(*wanted))).json()
    assert [(one["product"]["id"], one["quantity"]) for one in placed["lines"]] == wanted
    ids = [line["id"] for line in placed["lines"]]
    assert ids == sorted(ids)


async def test_no_number_is_one_of_the_data_set(
    client: httpx.AsyncClient, database: Database
) -> None:
    answers = await asyncio.gather(*(order(client, lines((1, 1))) for _ in range(20)))
    numbers = {answer.json()["number"] for answer in answers}
    assert len(numbers) == 20
    async with database.reading() as session:
        seeded = await session.scalars(select(Order.number).where(Order.id < 1000))
        assert {len(number) for number in seeded} == {6, 7}  # 536365, C536379
    assert all(number.startswith("W") and number[1:].isdigit() for number in numbers)


async def test_the_price_is_that_of_the_moment(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.writing() as session:
        await session.execute(update(Product).where(Product.id == 9).values(price=Decimal("1.10")))
    first = (await order(client, lines((9, 1)))).json()
    async with database.writing() as session:
        await session.execute(update(Product).where(Product.id == 9).values(price=Decimal("2.20")))
    second = (await order(client, lines((9, 1)))).json()
    assert first["lines"][0]["unit_price"] == "1.10"
    assert second["lines"][0]["unit_price"] == "2.20"
    assert (await client.get(f"/api/orders/{first['id']}")).json() == first


async def test_two_lines_of_one_product_have_one_price(
    client: httpx.AsyncClient, database: Database
) -> None:
    """While someone else changes it back and forth."""
    done = asyncio.Event()

    async def keep_changing() -> None:
        price = 0
        while not done.is_set():
            price += 1
            async with database.writing() as session:
                await session.execute(update(Product).where(Product.id == 8).values(price=price))

    changing = asyncio.create_task(keep_changing())
    answers = [await order(client, lines(*[(8, 1)] * 50)) for _ in range(20)]
    done.set()
    await changing
    prices = [{line["unit_price"] for line in answer.json()["lines"]} for answer in answers]
    assert {len(one) for one in prices} == {1}
    assert len(set.union(*prices)) > 1


@pytest.mark.parametrize("unknown", [0, 100, 199])
async def test_an_unknown_product_is_named_and_nothing_is_left(
    client: httpx.AsyncClient, database: Database, unknown: int
) -> None:
    wanted = [(1 + number, 1) for number in range(200)]
    wanted[unknown] = (NOBODY, 1)
    wanted[min(unknown + 3, 199)] = (NOBODY, 1)
    whole = await sizes(database)
    answer = await order(client, lines(*wanted))
    assert_problem(answer, 422)
    assert answer.json()["errors"] == [
        {
            "location": f"body.lines.{unknown}.product_id",
            "detail": f"There is no product {NOBODY}.",
        }
    ]
    assert await sizes(database) == whole


BAD = [
    ({}, "body.lines"),
    ({"lines": None}, "body.lines"),
    ({"lines": []}, "body.lines"),
    ({"lines": [{"product_id": 1, "quantity": 1}] * 201}, "body.lines"),
    ({"lines": {"product_id": 1, "quantity": 1}}, "body.lines"),
    ({"lines": [1]}, "body.lines.0"),
    ({"lines": [None]}, "body.lines.0"),
    (lines((1, 1), (1, 1), (1, 1), (1, 0)), "body.lines.3.quantity"),
    (lines((1, -1)), "body.lines.0.quantity"),
    (lines((1, 10_001)), "body.lines.0.quantity"),
    (lines((1, 10**30)), "body.lines.0.quantity"),
    (lines((1, 1), (-1, 1)), "body.lines.1.product_id"),
    (lines((2**31, 1)), "body.lines.0.product_id"),
    ({"lines": [{"product_id": "one", "quantity": 1}]}, "body.lines.0.product_id"),
    ({"lines": [{"product_id": "1; DROP TABLE orders", "quantity": 1}]}, "body.lines.0.product_id"),
    ({"lines": [{"product_id": "a\x00b", "quantity": 1}]}, "body.lines.0.product_id"),
    ({"lines": [{"product_id": 1, "quantity": 1.5}]}, "body.lines.0.quantity"),
    ({"lines": [{"product_id": 1, "quantity": None}]}, "body.lines.0.quantity"),
    ({"lines": [{"product_id": 1}]}, "body.lines.0.quantity"),
    ({"lines": [{"quantity": 1}]}, "body.lines.0.product_id"),
    ({"lines": [{"product_id": 1, "quantity": 1, "unit_price": 0}]}, "body.lines.0.unit_price"),
    ({**lines((1, 1)), "account_id": 3}, "body.account_id"),
    ({**lines((1, 1)), "status": "cancelled"}, "body.status"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "location"), BAD)
async def test_what_is_wrong_is_named_and_nothing_is_left(
    client: httpx.AsyncClient, database: Database, body: object, location: str
) -> None:
    whole = await sizes(database)
    answer = await order(client, body)
    assert_problem(answer, 422)
    assert [error["location"] for error in answer.json()["errors"]] == [location]
    assert await sizes(database) == whole


NO_ORDERS = [
    *NO_TEXT,
    b'{"lines": [{"product_id": "\\ud800", "quantity": 1}]}',
    b'{"lines": [{"product_id": 1, "quantity": NaN}]}',
    b'{"lines": [{"product_id": 1, "quantity": Infinity}]}',
    b'{"lines": [{"product_id": ' + b"9" * 5000 + b', "quantity": 1}]}',
]


@pytest.mark.parametrize("body", NO_ORDERS)
async def test_a_body_that_is_no_order_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/orders", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
        (bearer(BUYER), 403),
        (bearer(BUYER, "catalog:write", "community:write"), 403),
    ],
)
async def test_only_who_has_the_scope_may(
    settings: Settings, database: Database, headers: dict[str, str], status: int
) -> None:
    whole = await sizes(database)
    async with client_of(create_app(settings)) as client:
        for body in (lines((1, 1)), {}):
            answer = await client.post("/api/orders", json=body, headers=headers)
            assert_problem(answer, status)
    assert await sizes(database) == whole


async def test_many_at_once_are_all_kept(client: httpx.AsyncClient, database: Database) -> None:
    orders, rows = await sizes(database)
    wanted = [lines(*((1 + (start + step) % 40, 1) for step in range(40))) for start in range(20)]
    answers = await asyncio.gather(*(order(client, body) for body in wanted))
    assert {answer.status_code for answer in answers} == {201}
    assert await sizes(database) == (orders + 20, rows + 800)
    for answer in answers:
        assert (await client.get(f"/api/orders/{answer.json()['id']}")).json() == answer.json()


async def add_product(database: Database, sku: str) -> int:
    async with database.writing() as session:
        values = {"sku": sku, "name": "x", "price": Decimal(1), "category_id": 1}
        statement = insert(Product).values(values).returning(Product.id)
        return (await session.execute(statement)).scalar_one()


@pytest.mark.parametrize("deleted", [True, False])
async def test_a_product_that_goes_meanwhile(
    client: httpx.AsyncClient, database: Database, deleted: bool
) -> None:
    """Found by the statement, gone at its end: the foreign key waits, and then knows."""
    number = await add_product(database, f"GOES-{deleted}")
    whole = await sizes(database)
    async with database.engine.connect() as other:
        await other.execute(delete(Product).where(Product.id == number))
        placing = asyncio.create_task(order(client, lines((1, 1), (number, 1))))
        await wait_for_locks(database, 1)
        await (other.commit() if deleted else other.rollback())
    answer = await placing
    if deleted:
        assert_problem(answer, 409)
        assert await sizes(database) == whole
    else:
        assert answer.status_code == 201


async def test_an_account_that_is_gone_orders_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    whole = await sizes(database)
    headers = bearer(NOBODY, "orders:write")
    assert_problem(await client.post("/api/orders", json=lines((1, 1)), headers=headers), 409)
    assert await sizes(database) == whole


async def test_a_lost_connection_leaves_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    number = await add_product(database, "LOST")
    whole = await sizes(database)
    async with database.engine.connect() as other:
        await other.execute(delete(Product).where(Product.id == number))
        placing = asyncio.create_task(order(client, lines((number, 1))))
        await wait_for_locks(database, 1)
        await other.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )
        assert_problem(await placing, 503)
        await other.rollback()
    assert await sizes(database) == whole


async def test_what_cannot_be_committed_is_not_acknowledged(
    settings: Settings, database: Database
) -> None:
    """The answer waits for the commit: here it is refused at the very end."""
    whole = await sizes(database)

    def refuse(_: object) -> None:
        raise ConnectionResetError("The connection is gone.")

    async with client_of(create_app(settings, database=database)) as client:
        event.listen(database.engine.sync_engine, "commit", refuse)
        answer = await client.post("/api/orders", json=lines((1, 1)), headers=HEADERS)
        event.remove(database.engine.sync_engine, "commit", refuse)
        assert_problem(answer, 503)
        assert await sizes(database) == whole


async def test_what_shows_orders_is_dropped_from_the_cache(
    settings: Settings, database: Database
) -> None:
    cache = NotingCache(database, "SELECT max(id) FROM orders")
    async with client_of(create_app(settings, cache=cache)) as client:
        assert (await client.post("/api/orders", json=lines((NOBODY, 1)), headers=HEADERS)).is_error
        assert cache.dropped == set()
        number = (await client.post("/api/orders", json=lines((1, 1)), headers=HEADERS)).json()[
            "id"
        ]
    assert cache.dropped == {"sales", "orders", f"order:{number}"}
    assert cache.seen == [number]


async def test_one_line_costs_as_much_as_two_hundred(settings: Settings) -> None:
    async def cost(number: int) -> tuple[int, int]:
        async def request(client: httpx.AsyncClient) -> None:
            body = lines(*((1 + line, 1) for line in range(number)))
            answer = await client.post("/api/orders", json=body, headers=HEADERS)
            assert answer.status_code == 201

        work = await work_of(create_app(settings), request)
        return work.statements, work.round_trips

    assert await cost(1) == await cost(200) == (2, 4)


async def test_lines_belong_to_orders(database: Database) -> None:
    """After all of the above: no order of ours without lines, no line at another price."""
    async with database.reading() as session:
        mine = select(Order.id).where(Order.number.like("W%"))
        empty = mine.where(~select(OrderLine.id).where(OrderLine.order_id == Order.id).exists())
        assert (await session.scalars(empty)).all() == []
        assert await session.scalar(select(func.count()).select_from(mine.subquery()))


def test_the_description_says_what_can_happen() -> None:
    document = create_app(Settings()).openapi()
    operation = document["paths"]["/api/orders"]["post"]
    assert operation["responses"].keys() >= {"201", "401", "403", "409", "422"}
    assert "200" not in operation["responses"]
    assert "Location" in operation["responses"]["201"]["headers"]
    assert operation["security"]
    answer = operation["responses"]["201"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Order"}
    schemas = document["components"]["schemas"]
    assert schemas["NewOrder"]["examples"]
    assert schemas["Order"]["examples"]
    assert schemas["NewOrder"]["properties"]["lines"]["maxItems"] == 200
