"""Placing an order: at the current prices, all or nothing, in two statements."""

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
    INVALID_BODIES,
    UNKNOWN_ID,
    RecordingCache,
    count_rows,
    private_database,
    wait_for_locks,
    work_of,
)

BUYER = 2
HEADERS = bearer(BUYER, "orders:write")


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings)) as client:
        client.headers.update(HEADERS)
        yield client


def lines(*wanted: tuple[int, int]) -> dict[str, Any]:
    """The body of an order with a line for each (product id, quantity)."""
    return {"lines": [{"product_id": product, "quantity": count} for product, count in wanted]}


async def order(client: httpx.AsyncClient, body: object) -> httpx.Response:
    return await client.post("/api/orders", json=body)


async def row_counts(database: Database) -> tuple[int, int]:
    return await count_rows(database, "orders"), await count_rows(database, "order_lines")


async def test_a_placed_order_can_be_read(client: httpx.AsyncClient, database: Database) -> None:
    wanted = [(3, 2), (1, 10_000), (3, 1), (2, 7)]
    response = await order(client, lines(*wanted))
    assert response.status_code == 201
    placed = response.json()
    assert response.headers["location"] == f"/api/orders/{placed['id']}"
    assert (await client.get(response.headers["location"])).content == response.content
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


async def test_order_numbers_are_unique_and_differ_from_the_seeded_ones(
    client: httpx.AsyncClient, database: Database
) -> None:
    responses = await asyncio.gather(*(order(client, lines((1, 1))) for _ in range(20)))
    numbers = {response.json()["number"] for response in responses}
    assert len(numbers) == 20
    async with database.reading() as session:
        seeded = await session.scalars(select(Order.number).where(Order.id < 1000))
        assert {len(number) for number in seeded} == {6, 7}  # 536365, C536379
    assert all(number.startswith("W") and number[1:].isdigit() for number in numbers)


async def test_an_order_keeps_the_prices_at_which_it_was_placed(
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


async def test_all_lines_of_a_product_have_the_same_price(
    client: httpx.AsyncClient, database: Database
) -> None:
    """While another connection keeps changing the price."""
    done = asyncio.Event()

    async def keep_changing() -> None:
        price = 0
        while not done.is_set():
            price += 1
            async with database.writing() as session:
                await session.execute(update(Product).where(Product.id == 8).values(price=price))

    changing = asyncio.create_task(keep_changing())
    responses = [await order(client, lines(*[(8, 1)] * 50)) for _ in range(20)]
    done.set()
    await changing
    prices = [{line["unit_price"] for line in response.json()["lines"]} for response in responses]
    assert {len(one) for one in prices} == {1}
    assert len(set.union(*prices)) > 1


@pytest.mark.parametrize("unknown", [0, 100, 199])
async def test_an_unknown_product_is_named_and_nothing_is_stored(
    client: httpx.AsyncClient, database: Database, unknown: int
) -> None:
    wanted = [(1 + number, 1) for number in range(200)]
    wanted[unknown] = (UNKNOWN_ID, 1)
    wanted[min(unknown + 3, 199)] = (UNKNOWN_ID, 1)
    before = await row_counts(database)
    response = await order(client, lines(*wanted))
    assert_problem(response, 422)
    assert response.json()["errors"] == [
        {
            "location": f"body.lines.{unknown}.product_id",
            "detail": f"There is no product {UNKNOWN_ID}.",
        }
    ]
    assert await row_counts(database) == before


INVALID_ORDERS = [
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


@pytest.mark.parametrize(("body", "location"), INVALID_ORDERS)
async def test_an_invalid_field_is_named_and_nothing_is_stored(
    client: httpx.AsyncClient, database: Database, body: object, location: str
) -> None:
    before = await row_counts(database)
    response = await order(client, body)
    assert_problem(response, 422)
    assert [error["location"] for error in response.json()["errors"]] == [location]
    assert await row_counts(database) == before


INVALID_JSON = [
    *INVALID_BODIES,
    b'{"lines": [{"product_id": "\\ud800", "quantity": 1}]}',
    b'{"lines": [{"product_id": 1, "quantity": NaN}]}',
    b'{"lines": [{"product_id": 1, "quantity": Infinity}]}',
    b'{"lines": [{"product_id": ' + b"9" * 5000 + b', "quantity": 1}]}',
]


@pytest.mark.parametrize("body", INVALID_JSON)
async def test_an_invalid_body_is_rejected(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = await client.post("/api/orders", content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert_problem(response, response.status_code)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
        (bearer(BUYER), 403),
        (bearer(BUYER, "catalog:write", "community:write"), 403),
    ],
)
async def test_an_order_without_the_scope_is_rejected(
    settings: Settings, database: Database, headers: dict[str, str], status: int
) -> None:
    before = await row_counts(database)
    async with client_of(create_app(settings)) as client:
        for body in (lines((1, 1)), {}):
            response = await client.post("/api/orders", json=body, headers=headers)
            assert_problem(response, status)
    assert await row_counts(database) == before


async def test_concurrent_orders_are_all_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    orders, rows = await row_counts(database)
    wanted = [lines(*((1 + (start + step) % 40, 1) for step in range(40))) for start in range(20)]
    responses = await asyncio.gather(*(order(client, body) for body in wanted))
    assert {response.status_code for response in responses} == {201}
    assert await row_counts(database) == (orders + 20, rows + 800)
    for response in responses:
        assert (await client.get(f"/api/orders/{response.json()['id']}")).json() == response.json()


async def add_product(database: Database, sku: str) -> int:
    async with database.writing() as session:
        values = {"sku": sku, "name": "x", "price": Decimal(1), "category_id": 1}
        statement = insert(Product).values(values).returning(Product.id)
        return (await session.execute(statement)).scalar_one()


@pytest.mark.parametrize("deleted", [True, False])
async def test_an_order_waits_for_a_concurrent_deletion_of_its_product(
    client: httpx.AsyncClient, database: Database, deleted: bool
) -> None:
    """The statement still sees the product, and the foreign-key check waits for the deletion."""
    number = await add_product(database, f"GOES-{deleted}")
    before = await row_counts(database)
    async with database.engine.connect() as other:
        await other.execute(delete(Product).where(Product.id == number))
        placing = asyncio.create_task(order(client, lines((1, 1), (number, 1))))
        await wait_for_locks(database, 1)
        await (other.commit() if deleted else other.rollback())
    response = await placing
    if deleted:
        assert_problem(response, 409)
        assert await row_counts(database) == before
    else:
        assert response.status_code == 201


async def test_an_order_by_an_unknown_account_is_rejected_with_409(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await row_counts(database)
    headers = bearer(UNKNOWN_ID, "orders:write")
    assert_problem(await client.post("/api/orders", json=lines((1, 1)), headers=headers), 409)
    assert await row_counts(database) == before


async def test_an_order_whose_connection_is_lost_is_rolled_back(
    client: httpx.AsyncClient, database: Database
) -> None:
    number = await add_product(database, "LOST")
    before = await row_counts(database)
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
    assert await row_counts(database) == before


async def test_an_order_that_cannot_be_committed_is_not_acknowledged(
    settings: Settings, database: Database
) -> None:
    """The response waits for the commit, which fails here."""
    before = await row_counts(database)

    def fail(_: object) -> None:
        raise ConnectionResetError("The connection is gone.")

    async with client_of(create_app(settings, database=database)) as client:
        event.listen(database.engine.sync_engine, "commit", fail)
        response = await client.post("/api/orders", json=lines((1, 1)), headers=HEADERS)
        event.remove(database.engine.sync_engine, "commit", fail)
        assert_problem(response, 503)
        assert await row_counts(database) == before


async def test_an_order_drops_its_tags_from_the_cache_after_the_commit(
    settings: Settings, database: Database
) -> None:
    cache = RecordingCache(database, "SELECT max(id) FROM orders")
    async with client_of(create_app(settings, cache=cache)) as client:
        assert (
            await client.post("/api/orders", json=lines((UNKNOWN_ID, 1)), headers=HEADERS)
        ).is_error
        assert cache.dropped == set()
        number = (await client.post("/api/orders", json=lines((1, 1)), headers=HEADERS)).json()[
            "id"
        ]
    assert cache.dropped == {"sales", "orders", f"order:{number}"}
    assert cache.seen == [number]


async def test_one_line_takes_as_many_statements_as_two_hundred(settings: Settings) -> None:
    async def cost(number: int) -> tuple[int, int]:
        async def request(client: httpx.AsyncClient) -> None:
            body = lines(*((1 + line, 1) for line in range(number)))
            response = await client.post("/api/orders", json=body, headers=HEADERS)
            assert response.status_code == 201

        work = await work_of(create_app(settings), request)
        return work.statements, work.round_trips

    assert await cost(1) == await cost(200) == (2, 4)


async def test_no_order_is_without_lines(database: Database) -> None:
    """Among the orders that all tests above have placed."""
    async with database.reading() as session:
        placed = select(Order.id).where(Order.number.like("W%"))
        empty = placed.where(~select(OrderLine.id).where(OrderLine.order_id == Order.id).exists())
        assert (await session.scalars(empty)).all() == []
        assert await session.scalar(select(func.count()).select_from(placed.subquery()))


def test_openapi_documents_every_response_to_an_order() -> None:
    document = create_app(Settings()).openapi()
    operation = document["paths"]["/api/orders"]["post"]
    assert operation["responses"].keys() >= {"201", "401", "403", "409", "422"}
    assert "200" not in operation["responses"]
    assert "Location" in operation["responses"]["201"]["headers"]
    assert operation["security"]
    schema = operation["responses"]["201"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Order"}
    schemas = document["components"]["schemas"]
    assert schemas["NewOrder"]["examples"]
    assert schemas["Order"]["examples"]
    assert schemas["NewOrder"]["properties"]["lines"]["maxItems"] == 200
