"""Price changes in bulk: all of them or none, in two statements regardless of their number."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from app.shop import create_app
from app.shop.cache.memory import MemoryCache
from app.shop.catalog.schemas import MAX_PRICES
from app.shop.database import Database
from app.shop.models import Product
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem
from tests.shop.writing import (
    INVALID_BODIES,
    UNKNOWN_ID,
    RecordingCache,
    private_database,
    wait_for_locks,
    work_of,
)

PATH = "/api/products/prices"
WRITER = bearer(1, "catalog:write")
NUMBERS = count(1)


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings, cache=MemoryCache(3600))) as client:
        client.headers.update(WRITER)
        yield client


@pytest.fixture
async def ids(database: Database) -> Sequence[int]:
    """As many products as one request may change, in no particular order."""
    missing = """
        INSERT INTO products (sku, name, price, category_id)
        SELECT 'PRICES-' || n, 'A thing', 1, 1
        FROM generate_series(1, 5000 - (SELECT count(*) FROM products)) AS n
    """
    async with database.writing() as session:
        await session.execute(text(missing))
        every = (await session.scalars(select(Product.id).order_by(Product.id))).all()
    return sorted(every, key=lambda number: number * 7919 % 10007)[:MAX_PRICES]


def new_prices(ids: Sequence[int]) -> list[dict[str, Any]]:
    """A change for each product, to a price that it has never had."""
    cents = next(NUMBERS)
    return [{"id": one, "price": f"{one % 1000}.{cents:02}"} for one in ids]


async def stored(database: Database, ids: Sequence[int]) -> list[dict[str, Any]]:
    async with database.reading() as session:
        rows = await session.execute(select(Product.id, Product.price).where(Product.id.in_(ids)))
        found = {one: str(price) for one, price in rows}
    return [{"id": one, "price": found[one]} for one in ids]


def locations(response: httpx.Response) -> list[str]:
    return [error["location"] for error in response.json()["errors"]]


async def test_as_many_prices_as_are_allowed_are_changed(
    client: httpx.AsyncClient, database: Database, ids: Sequence[int]
) -> None:
    changes = new_prices(ids)
    response = await client.patch(PATH, json=changes)
    assert (response.status_code, response.json()) == (200, {"count": MAX_PRICES})
    assert await stored(database, ids) == changes


async def test_other_columns_and_other_products_stay_as_they_are(
    client: httpx.AsyncClient, database: Database
) -> None:
    async def rows() -> list[tuple[Any, ...]]:
        async with database.reading() as session:
            found = await session.execute(text("SELECT * FROM products WHERE id < 10 ORDER BY id"))
            return [tuple(row) for row in found]

    before = await rows()
    changes = new_prices([7, 3])
    assert (await client.patch(PATH, json=changes)).status_code == 200
    prices = {change["id"]: Decimal(change["price"]) for change in changes}
    changed = [
        tuple(prices[row[0]] if value == row[4] and row[0] in prices else value for value in row)
        for row in before
    ]
    assert await rows() == changed


@pytest.mark.parametrize("number", [0, MAX_PRICES + 1])
async def test_an_empty_or_too_long_list_is_rejected_with_422(
    client: httpx.AsyncClient, number: int
) -> None:
    response = await client.patch(PATH, json=new_prices(range(1, number + 1)))
    assert_problem(response, 422)
    assert locations(response) == ["body"]


async def test_a_body_that_is_too_large_is_rejected_with_413(client: httpx.AsyncClient) -> None:
    body = b"[" + b" " * 8_000_000 + b"]"
    assert_problem(await client.patch(PATH, content=body), 413)


async def test_every_unknown_id_is_named_and_nothing_is_changed(
    client: httpx.AsyncClient, database: Database, ids: Sequence[int]
) -> None:
    before = await stored(database, ids)
    changes = new_prices(ids)
    unknown = {index: UNKNOWN_ID - index for index in range(3, MAX_PRICES, 100)}
    for index, number in unknown.items():
        changes[index]["id"] = number
    response = await client.patch(PATH, json=changes)
    assert_problem(response, 422)
    assert response.json()["errors"] == [
        {"location": f"body.{index}.id", "detail": f"There is no product {number}."}
        for index, number in unknown.items()
    ]
    assert len(unknown) > 20
    assert await stored(database, ids) == before


async def test_a_product_that_is_named_twice_is_rejected_whatever_the_prices(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await stored(database, [1, 2, 3])
    for price in ("8.88", "9.99"):
        changes = [{"id": one, "price": "8.88"} for one in (1, 2, UNKNOWN_ID, 3)]
        response = await client.patch(PATH, json=[*changes, {"id": 2, "price": price}])
        assert_problem(response, 422)
        assert response.json()["errors"] == [
            {"location": "body.4.id", "detail": "The change at 1 has the id 2 too."}
        ]
    assert await stored(database, [1, 2, 3]) == before


INVALID_CHANGES = [
    ({"price": "-0.01"}, "price"),
    ({"price": "1.234"}, "price"),
    ({"price": "100000000.00"}, "price"),
    ({"price": None}, "price"),
    ({"price": "1); DROP TABLE products; --"}, "price"),
    ({"price": "0 OR 1=1"}, "price"),
    ({"id": "1 OR 1=1"}, "id"),
    ({"id": "1); DELETE FROM products; --"}, "id"),
    ({"id": None}, "id"),
    ({"id": -1}, "id"),
    ({"id": 2**31}, "id"),
    ({"id": 1.5}, "id"),
    ({"name": "Renamed"}, "name"),
]


@pytest.mark.parametrize(("fields", "field"), INVALID_CHANGES)
async def test_the_first_invalid_change_is_named_and_nothing_is_changed(
    client: httpx.AsyncClient, database: Database, fields: dict[str, Any], field: str
) -> None:
    before = await stored(database, range(1, 10))
    changes = new_prices(range(1, 10))
    changes[4].update(fields)
    changes[6].update(fields)
    response = await client.patch(PATH, json=changes)
    assert_problem(response, 422)
    assert locations(response) == [f"body.4.{field}"]
    assert await stored(database, range(1, 10)) == before


@pytest.mark.parametrize("body", [*INVALID_BODIES, b'[{"id": 1, "price": NaN}]', b"[1]", b"[null]"])
async def test_an_invalid_body_is_rejected_with_422(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = await client.patch(PATH, content=body, headers=headers)
    assert_problem(response, 422)
    assert {location.split(".")[0] for location in locations(response)} == {"body"}


async def test_a_missing_scope_is_rejected_before_the_body_is_parsed(settings: Settings) -> None:
    async with client_of(create_app(settings)) as client:
        assert_problem(await client.patch(PATH, content=b"[", headers=bearer(1)), 403)
        assert_problem(await client.patch(PATH, content=b"["), 401)


# Concurrency


async def test_two_requests_in_opposite_order_do_not_deadlock(
    client: httpx.AsyncClient, database: Database
) -> None:
    """If each locked its products in its own order, either would hold what the other waits for."""
    ids = range(100, 140)
    batches = [new_prices(ids), new_prices(ids[::-1])]
    async with database.engine.connect() as holder:
        await holder.execute(update(Product).where(Product.id == 120).values(name="Held"))
        requests = [asyncio.create_task(client.patch(PATH, json=one)) for one in batches]
        await wait_for_locks(database, 2)
        await holder.rollback()
    responses = await asyncio.gather(*requests)
    assert [response.status_code for response in responses] == [200, 200]
    assert await stored(database, ids) in (batches[0], batches[1][::-1])


async def test_two_requests_with_different_plans_do_not_deadlock(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """PostgreSQL finds few products in the order of their index, many in that of the table."""
    first, middle, last = ids = (900_100, 900_120, 900_140)
    async with database.writing() as session:
        for number in (last, middle, first):  # in the order of the table
            product = {"sku": f"MOVED-{number}", "name": "x", "price": 1, "category_id": 1}
            await session.execute(insert(Product).values(id=number, **product))
    whole_table = create_async_engine(
        settings.database_url,
        connect_args={"server_settings": {"enable_indexscan": "off", "enable_bitmapscan": "off"}},
    )
    async with (
        client_of(create_app(settings, database=Database(whole_table))) as other,
        database.engine.connect() as holder,
    ):
        other.headers.update(WRITER)
        await holder.execute(update(Product).where(Product.id == middle).values(name="Held"))
        requests = [
            asyncio.create_task(one.patch(PATH, json=new_prices(ids))) for one in (client, other)
        ]
        await wait_for_locks(database, 2)
        await holder.rollback()
        responses = await asyncio.gather(*requests)
    assert [response.status_code for response in responses] == [200, 200]


async def test_of_many_concurrent_requests_each_is_applied_as_a_whole(
    settings: Settings, database: Database
) -> None:
    ids = range(200, 260)
    batches = [new_prices(sorted(ids, key=lambda one: one * 31 % (37 + n))) for n in range(12)]
    async with client_of(create_app(settings.model_copy(update={"pool_size": 8}))) as client:
        client.headers.update(WRITER)
        responses = await asyncio.gather(*(client.patch(PATH, json=one) for one in batches))
    assert [response.status_code for response in responses] == [200] * 12
    by_id = [sorted(batch, key=lambda change: int(change["id"])) for batch in batches]
    assert await stored(database, ids) in by_id


async def test_another_field_that_changes_meanwhile_is_not_lost(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.engine.connect() as holder:
        await holder.execute(update(Product).where(Product.id == 150).values(name="Meanwhile"))
        request = asyncio.create_task(client.patch(PATH, json=[{"id": 150, "price": "7.77"}]))
        await wait_for_locks(database, 1)
        await holder.commit()
    assert (await request).status_code == 200
    product = (await client.get("/api/products/150")).json()
    assert (product["name"], product["price"]) == ("Meanwhile", "7.77")


async def test_an_order_is_placed_while_prices_of_its_products_change(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.engine.connect() as holder:
        await holder.execute(update(Product).where(Product.id == 161).values(name="Held"))
        request = asyncio.create_task(client.patch(PATH, json=new_prices([160, 161])))
        await wait_for_locks(database, 1)
        order = {"lines": [{"product_id": 160, "quantity": 1}]}
        headers = bearer(1, "orders:write")
        placed = await client.post("/api/orders", json=order, headers=headers)
        assert placed.status_code == 201
        await holder.rollback()
    assert (await request).status_code == 200


# The cache


async def test_cached_prices_reflect_the_change_at_once(client: httpx.AsyncClient) -> None:
    paths = ["/api/products/31", "/api/products?after=30&limit=1", "/api/products?after=31&limit=1"]
    before = [(await client.get(path)).text for path in paths]
    (change,) = new_prices([31])
    await client.patch(PATH, json=[change, {"id": UNKNOWN_ID, "price": "1.00"}])
    assert [(await client.get(path)).text for path in paths] == before
    await client.patch(PATH, json=[change])
    one, page, others = [(await client.get(path)).json() for path in paths]
    assert one["price"] == page["items"][0]["price"] == change["price"]
    assert others["items"][0]["id"] == 32


async def test_the_cache_is_invalidated_once_after_the_commit(
    settings: Settings, database: Database
) -> None:
    cache = RecordingCache(database, "SELECT price FROM products WHERE id = 41")
    async with client_of(create_app(settings, cache=cache)) as client:
        client.headers.update(WRITER)
        assert (await client.patch(PATH, json=new_prices([41, UNKNOWN_ID]))).is_error
        assert cache.seen == []
        changes = new_prices([41, 40, 42])
        assert (await client.patch(PATH, json=changes)).status_code == 200
    assert cache.dropped == {"products", "product:40", "product:41", "product:42"}
    assert cache.seen == [Decimal(changes[0]["price"])]  # committed by then


# Costs


async def test_ten_changes_take_as_many_statements_as_five_thousand(
    settings: Settings, ids: Sequence[int]
) -> None:
    async def cost(number: int) -> tuple[int, int]:
        async def request(client: httpx.AsyncClient) -> None:
            response = await client.patch(PATH, json=new_prices(ids[:number]), headers=WRITER)
            assert response.status_code == 200

        work = await work_of(create_app(settings), request)
        return work.statements, work.round_trips

    assert await cost(10) == await cost(MAX_PRICES) == (2, 4)


async def test_a_price_that_stays_the_same_is_not_written_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    async def versions() -> list[str]:
        async with database.reading() as session:
            found = await session.scalars(text("SELECT xmin::text FROM products WHERE id < 9"))
            return sorted(found)

    changes = new_prices(range(1, 9))
    assert (await client.patch(PATH, json=changes)).json() == {"count": 8}
    before = await versions()
    assert (await client.patch(PATH, json=changes)).json() == {"count": 8}
    assert await versions() == before
