"""Adding many products in one request: all or none, at a cost that is only the rows' own."""

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
    NO_TEXT,
    NOBODY,
    TEXTS,
    own_database,
    rows_of,
    wait_for_locks,
    work_of,
)

WRITER = bearer(1, "catalog:write")
NUMBERS = count()
Products = list[dict[str, Any]]


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with own_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings, cache=MemoryCache(3600))) as client:
        client.headers.update(WRITER)
        yield client


def products(number: int) -> Products:
    """That many products that can be added, with skus of their own that do not sort by place."""
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


async def test_all_are_there_and_their_ids_are_in_order(client: httpx.AsyncClient) -> None:
    batch = products(300)
    answer = await post(client, batch)
    assert answer.status_code == 201
    ids = answer.json()["ids"]
    assert answer.json() == {"count": 300, "ids": ids}
    page = (await client.get(f"/api/products?limit=2000&after={ids[0] - 1}")).json()
    assert page["items"] == [{"id": one, **row} for one, row in zip(ids, batch, strict=True)]
    assert page["next"] is None


async def test_as_many_as_allowed(client: httpx.AsyncClient, database: Database) -> None:
    whole = await rows_of(database, "products")
    answer = await post(client, products(MAX_BULK))
    assert answer.json()["count"] == len(set(answer.json()["ids"])) == MAX_BULK
    assert await rows_of(database, "products") == whole + MAX_BULK


@pytest.mark.parametrize("number", [0, MAX_BULK + 1])
async def test_too_few_or_too_many(client: httpx.AsyncClient, number: int) -> None:
    answer = await post(client, products(number))
    assert_problem(answer, 422)
    assert [error["location"] for error in answer.json()["errors"]] == ["body"]


async def test_what_looks_like_sql_is_text(client: httpx.AsyncClient) -> None:
    batch = products(len(TEXTS))
    for row, value in zip(batch, TEXTS, strict=True):
        row.update(sku=f"{row['sku']} {value}", name=value, description=value)
    ids = (await post(client, batch)).json()["ids"]
    for number, row in zip(ids, batch, strict=True):
        assert (await client.get(f"/api/products/{number}")).json() == {"id": number, **row}


BAD = [
    ({"price": "-1"}, 422, "price", None),
    ({"price": "1.234"}, 422, "price", None),
    ({"price": None}, 422, "price", None),
    ({"name": ""}, 422, "name", None),
    ({"name": "a\x00b"}, 422, "name", None),
    ({"unknown": 1}, 422, "unknown", None),
    ({"id": 7}, 422, "id", None),
    ({"category_id": NOBODY}, 422, "category_id", str(NOBODY)),
    ({"category_id": 2**31}, 422, "category_id", None),
    ({"sku": "TWICE"}, 422, "sku", "TWICE"),
    ({"sku": "85123A"}, 409, "sku", "85123A"),
]


@pytest.mark.parametrize("place", [0, 150, 299])
@pytest.mark.parametrize(("fields", "status", "field", "said"), BAD)
async def test_the_first_bad_one_is_named_and_none_is_added(
    client: httpx.AsyncClient,
    database: Database,
    place: int,
    fields: dict[str, Any],
    status: int,
    field: str,
    said: str | None,
) -> None:
    batch = products(300)
    if fields == {"sku": "TWICE"}:
        batch[place - 1 if place else 0]["sku"] = "TWICE"
        place = place or 1
    batch[place].update(fields)
    later = min(place + 7, 299)
    batch[later].update(fields)
    whole = await rows_of(database, "products")
    answer = await post(client, batch)
    assert_problem(answer, status)
    where = f"body.{place}.{field}"
    if status == 422:
        assert [error["location"] for error in answer.json()["errors"]] == [where]
    assert where in answer.text
    assert said is None or said in answer.text
    assert f".{later}." not in answer.text or later == place
    assert await rows_of(database, "products") == whole


@pytest.mark.parametrize("order", [(5, 9), (9, 5)])
async def test_the_first_of_several_reasons_is_told(
    client: httpx.AsyncClient, order: tuple[int, int]
) -> None:
    """The constraints tell a sku that is taken first, whatever its place."""
    batch = products(20)
    taken, unknown = order
    batch[taken]["sku"] = "85123A"
    batch[unknown]["category_id"] = NOBODY
    answer = await post(client, batch)
    assert_problem(answer, 409 if taken < unknown else 422)
    assert f"body.5.{'sku' if taken < unknown else 'category_id'}" in answer.text


async def test_a_thousand_bad_ones_are_one_error(client: httpx.AsyncClient) -> None:
    batch = [{**row, "price": "x", "name": None} for row in products(1000)]
    answer = await post(client, batch)
    assert [error["location"] for error in answer.json()["errors"]] == [
        "body.0.name",
        "body.0.price",
    ]


ROW = b'{"sku": "%b", "name": "x", "price": %b, "category_id": 1}'
NO_PRODUCTS = [
    *(body for body in NO_TEXT if body != b"[]"),
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


@pytest.mark.parametrize("body", NO_PRODUCTS)
async def test_a_body_that_is_no_list_of_products(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/products/bulk", content=body, headers=headers)
    assert_problem(answer, 422)
    for error in answer.json()["errors"]:
        assert error["location"].split(".")[0] == "body"


async def test_who_may_not_is_told_so_first(settings: Settings) -> None:
    async with client_of(create_app(settings)) as client:
        answer = await client.post("/api/products/bulk", content=b"[", headers=bearer(1))
    assert_problem(answer, 403)


async def test_two_requests_in_opposite_order_do_not_lock_each_other_out(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Either would hold what the other waits for, if each took its skus in its own order."""
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
    answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_a_lost_connection_leaves_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    batch = products(50)
    whole = await rows_of(database, "products")
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
    assert await rows_of(database, "products") == whole
    assert (await post(client, batch)).status_code == 201


async def test_what_is_gone_again_is_a_conflict_of_the_moment(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COPY was refused, but when asked why, nothing is wrong any more."""
    batch = products(3)
    batch[1]["sku"] = "GONE"
    (added,) = (await post(client, [{**batch[0], "sku": "GONE"}])).json()["ids"]

    async def delete_first(*_: object) -> None:
        async with database.writing() as session:
            await session.execute(text("DELETE FROM products WHERE id = :id"), {"id": added})

    monkeypatch.setattr("app.shop.catalog.bulk._first_refusal", delete_first)
    assert_problem(await post(client, batch), 409)
    assert (await post(client, batch)).status_code == 201


async def test_lists_and_missing_products_are_found_at_once(client: httpx.AsyncClient) -> None:
    (newest,) = (await post(client, products(1))).json()["ids"]
    paths = [f"/api/products?after={newest}", *(f"/api/products/{newest + n}" for n in (1, 2))]
    assert [(await client.get(path)).status_code for path in paths] == [200, 404, 404]
    ids = (await post(client, products(2))).json()["ids"]
    assert ids == [newest + 1, newest + 2]
    assert [(await client.get(path)).status_code for path in paths] == [200, 200, 200]
    assert len((await client.get(paths[0])).json()["items"]) == 2


async def test_ten_cost_as_many_statements_as_a_thousand(settings: Settings) -> None:
    async def cost(number: int) -> tuple[int, int]:
        async def request(client: httpx.AsyncClient) -> None:
            answer = await client.post("/api/products/bulk", json=products(number), headers=WRITER)
            assert answer.status_code == 201

        work = await work_of(create_app(settings), request)
        return work.statements, work.round_trips

    assert await cost(10) == await cost(1000)
    assert await cost(MAX_BULK) == (2, 7)


async def test_a_refusal_costs_as_much_for_ten_as_for_a_thousand(settings: Settings) -> None:
    async def cost(number: int) -> tuple[int, int]:
        async def request(client: httpx.AsyncClient) -> None:
            batch = products(number)
            batch[number // 2]["category_id"] = NOBODY
            answer = await client.post("/api/products/bulk", json=batch, headers=WRITER)
            assert answer.status_code == 422

        work = await work_of(create_app(settings), request)
        return work.statements, work.round_trips

    assert await cost(10) == await cost(1000)
