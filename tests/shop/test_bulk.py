"""Bulk insert: all products or none, in a number of statements that does not depend on theirs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text

from app.shop import create_app
from app.shop.cache.memory import MemoryCache
from app.shop.catalog.schemas import MAX_BULK
from app.shop.database import Database
from app.shop.models import Product
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem
from tests.shop.writing import (
    INVALID_BODIES,
    TEXTS,
    UNKNOWN_ID,
    count_rows,
    private_database,
    wait_for_locks,
    work_of,
)

WRITER = bearer(1, "catalog:write")
NUMBERS = count()
Products = list[dict[str, Any]]


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings, cache=MemoryCache(3600))) as client:
        client.headers.update(WRITER)
        yield client


def products(number: int) -> Products:
    """That many valid new products, with unique skus whose order is not that of the list."""
    return [
        {
            "sku": f"BULK-{one * 7919 % 1000}-{one}",
            "name": f"Lantern {one}",
            "description": f"Number {one} of many.",
            "price": f"{one % 1000}.50",
            "category_id": 1 + one % 4,
        }
        for one in (next(NUMBERS) for _ in range(number))
    ]


async def post(client: httpx.AsyncClient, batch: object) -> httpx.Response:
    return await client.post("/api/products/bulk", json=batch)


async def test_all_products_are_stored_and_their_ids_follow_the_order_of_the_batch(
    client: httpx.AsyncClient,
) -> None:
    batch = products(300)
    response = await post(client, batch)
    assert response.status_code == 201
    ids = response.json()["ids"]
    assert response.json() == {"count": 300, "ids": ids}
    page = (await client.get(f"/api/products?limit=2000&after={ids[0] - 1}")).json()
    assert page["items"] == [{"id": one, **row} for one, row in zip(ids, batch, strict=True)]
    assert page["next"] is None


async def test_a_batch_of_the_maximum_size_is_accepted(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await count_rows(database, "products")
    response = await post(client, products(MAX_BULK))
    assert response.json()["count"] == len(set(response.json()["ids"])) == MAX_BULK
    assert await count_rows(database, "products") == before + MAX_BULK


@pytest.mark.parametrize("number", [0, MAX_BULK + 1])
async def test_an_empty_or_too_large_batch_is_rejected_with_422(
    client: httpx.AsyncClient, number: int
) -> None:
    response = await post(client, products(number))
    assert_problem(response, 422)
    assert [error["location"] for error in response.json()["errors"]] == ["body"]


async def test_sql_in_a_text_field_is_stored_as_text(client: httpx.AsyncClient) -> None:
    batch = products(len(TEXTS))
    for row, value in zip(batch, TEXTS, strict=True):
        row.update(sku=f"{row['sku']} {value}", name=value, description=value)
    ids = (await post(client, batch)).json()["ids"]
    for number, row in zip(ids, batch, strict=True):
        assert (await client.get(f"/api/products/{number}")).json() == {"id": number, **row}


INVALID_ROWS = [
    ({"price": "-1"}, 422, "price", None),
    ({"price": "1.234"}, 422, "price", None),
    ({"price": None}, 422, "price", None),
    ({"name": ""}, 422, "name", None),
    ({"name": "a\x00b"}, 422, "name", None),
    ({"unknown": 1}, 422, "unknown", None),
    ({"id": 7}, 422, "id", None),
    ({"category_id": UNKNOWN_ID}, 422, "category_id", str(UNKNOWN_ID)),
    ({"category_id": 2**31}, 422, "category_id", None),
    ({"sku": "TWICE"}, 422, "sku", "TWICE"),
    ({"sku": "85123A"}, 409, "sku", "85123A"),
]


@pytest.mark.parametrize("index", [0, 150, 299])
@pytest.mark.parametrize(("fields", "status", "field", "value"), INVALID_ROWS)
async def test_the_first_invalid_product_is_named_and_nothing_is_stored(
    client: httpx.AsyncClient,
    database: Database,
    index: int,
    fields: dict[str, Any],
    status: int,
    field: str,
    value: str | None,
) -> None:
    batch = products(300)
    if fields == {"sku": "TWICE"}:
        batch[index - 1 if index else 0]["sku"] = "TWICE"
        index = index or 1
    batch[index].update(fields)
    later = min(index + 7, 299)
    batch[later].update(fields)
    before = await count_rows(database, "products")
    response = await post(client, batch)
    assert_problem(response, status)
    location = f"body.{index}.{field}"
    if status == 422:
        assert [error["location"] for error in response.json()["errors"]] == [location]
    assert location in response.text
    assert value is None or value in response.text
    assert f".{later}." not in response.text or later == index
    assert await count_rows(database, "products") == before


@pytest.mark.parametrize("order", [(5, 9), (9, 5)])
async def test_of_two_different_errors_the_first_in_the_batch_is_reported(
    client: httpx.AsyncClient, order: tuple[int, int]
) -> None:
    """PostgreSQL reports the duplicate sku first, wherever it is in the batch."""
    batch = products(20)
    taken, unknown = order
    batch[taken]["sku"] = "85123A"
    batch[unknown]["category_id"] = UNKNOWN_ID
    response = await post(client, batch)
    assert_problem(response, 409 if taken < unknown else 422)
    assert f"body.5.{'sku' if taken < unknown else 'category_id'}" in response.text


async def test_of_a_thousand_invalid_products_only_the_first_is_reported(
    client: httpx.AsyncClient,
) -> None:
    batch = [{**row, "price": "x", "name": None} for row in products(1000)]
    response = await post(client, batch)
    assert [error["location"] for error in response.json()["errors"]] == [
        "body.0.name",
        "body.0.price",
    ]


ROW = b'{"sku": "%b", "name": "x", "price": %b, "category_id": 1}'
INVALID_BATCHES = [
    *(body for body in INVALID_BODIES if body != b"[]"),
    b'{"products": []}',
    b"[1]",
    b"[null]",
    b"[" + ROW % (b"\\ud800", b"1") + b"]",
    b"[" + ROW % (b"\\udfff", b"1") + b"]",
    b"[" + ROW % (b"\xff", b"1") + b"]",
    b"[" + ROW % (b"x", b"NaN") + b"]",
    b"[" + ROW % (b"x", b"1e400") + b"]",
    b"[" + ROW % (b"x", b"9" * 5000) + b"]",
    b"[" + ROW % (b"x", b"1") + b",]",
]


@pytest.mark.parametrize("body", INVALID_BATCHES)
async def test_an_invalid_body_is_rejected_with_422(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = await client.post("/api/products/bulk", content=body, headers=headers)
    assert_problem(response, 422)
    for error in response.json()["errors"]:
        assert error["location"].split(".")[0] == "body"


async def test_a_missing_scope_is_rejected_before_the_body_is_parsed(settings: Settings) -> None:
    async with client_of(create_app(settings)) as client:
        response = await client.post("/api/products/bulk", content=b"[", headers=bearer(1))
    assert_problem(response, 403)


async def test_two_batches_in_opposite_order_do_not_deadlock(
    client: httpx.AsyncClient, database: Database
) -> None:
    """If each inserted its skus in its own order, either would hold what the other waits for."""
    batch = products(40)
    middle = sorted(row["sku"] for row in batch)[20]
    async with database.engine.connect() as holder:
        await holder.execute(
            insert(Product).values(sku=middle, name="x", price=Decimal(1), category_id=1)
        )
        ordered = sorted(batch, key=lambda row: str(row["sku"]))
        requests = [asyncio.create_task(post(client, one)) for one in (ordered, ordered[::-1])]
        await wait_for_locks(database, 2)
        await holder.rollback()
    responses = await asyncio.gather(*requests)
    assert sorted(response.status_code for response in responses) == [201, 409]


async def test_a_batch_whose_connection_is_lost_is_rolled_back(
    client: httpx.AsyncClient, database: Database
) -> None:
    batch = products(50)
    before = await count_rows(database, "products")
    async with database.engine.connect() as holder:
        await holder.execute(
            insert(Product).values(
                sku=max(row["sku"] for row in batch), name="x", price=Decimal(1), category_id=1
            )
        )
        request = asyncio.create_task(post(client, batch))
        await wait_for_locks(database, 1)
        await holder.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )
        assert_problem(await request, 503)
        await holder.rollback()
    assert await count_rows(database, "products") == before
    assert (await post(client, batch)).status_code == 201


async def test_a_conflict_that_has_disappeared_is_reported_as_409(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COPY has failed, but the conflict is gone by the time its reason is looked up."""
    batch = products(3)
    batch[1]["sku"] = "GONE"
    (added,) = (await post(client, [{**batch[0], "sku": "GONE"}])).json()["ids"]

    async def delete_first(*_: object) -> None:
        async with database.writing() as session:
            await session.execute(text("DELETE FROM products WHERE id = :id"), {"id": added})

    monkeypatch.setattr("app.shop.catalog.bulk._first_refusal", delete_first)
    assert_problem(await post(client, batch), 409)
    assert (await post(client, batch)).status_code == 201


async def test_a_bulk_insert_invalidates_cached_lists_and_404s(client: httpx.AsyncClient) -> None:
    (newest,) = (await post(client, products(1))).json()["ids"]
    paths = [f"/api/products?after={newest}", *(f"/api/products/{newest + n}" for n in (1, 2))]
    assert [(await client.get(path)).status_code for path in paths] == [200, 404, 404]
    ids = (await post(client, products(2))).json()["ids"]
    assert ids == [newest + 1, newest + 2]
    assert [(await client.get(path)).status_code for path in paths] == [200, 200, 200]
    assert len((await client.get(paths[0])).json()["items"]) == 2


async def test_ten_products_take_as_many_statements_as_a_thousand(settings: Settings) -> None:
    async def cost(number: int) -> tuple[int, int]:
        async def request(client: httpx.AsyncClient) -> None:
            response = await client.post(
                "/api/products/bulk", json=products(number), headers=WRITER
            )
            assert response.status_code == 201

        work = await work_of(create_app(settings), request)
        return work.statements, work.round_trips

    assert await cost(10) == await cost(1000)
    assert await cost(MAX_BULK) == (2, 7)


async def test_rejecting_ten_products_takes_as_many_statements_as_rejecting_a_thousand(
    settings: Settings,
) -> None:
    async def cost(number: int) -> tuple[int, int]:
        async def request(client: httpx.AsyncClient) -> None:
            batch = products(number)
            batch[number // 2]["category_id"] = UNKNOWN_ID
            response = await client.post("/api/products/bulk", json=batch, headers=WRITER)
            assert response.status_code == 422

        work = await work_of(create_app(settings), request)
        return work.statements, work.round_trips

    assert await cost(10) == await cost(1000)
