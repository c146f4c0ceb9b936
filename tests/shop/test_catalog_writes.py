"""Adding, changing and deleting a product: one statement each, right with others about."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert, select, text, update

from app.shop import create_app
from app.shop.cache.memory import MemoryCache
from app.shop.database import Database
from app.shop.models import OrderLine, Post, Product
from app.shop.settings import Settings
from app.shop.tags import PRODUCT_NAMES
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem
from tests.shop.writing import (
    NO_TEXT,
    NOBODY,
    TEXTS,
    NotingCache,
    own_database,
    rows_of,
    wait_for_locks,
    work_of,
)

WRITER = bearer(1, "catalog:write")
NUMBERS = count()


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with own_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """It may write, and the cache keeps what it reads."""
    app = create_app(settings, cache=MemoryCache(3600))
    async with client_of(app) as client:
        client.headers.update(WRITER)
        yield client


def product(**fields: Any) -> dict[str, Any]:
    """A product that can be added, with a sku of its own."""
    return {
        "sku": f"NEW-{next(NUMBERS)}",
        "name": "White lantern",
        "price": "2.50",
        "category_id": 1,
        **fields,
    }


async def add(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/products", json=product(**fields))
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def locations(answer: httpx.Response) -> list[str]:
    return [error["location"] for error in answer.json()["errors"]]


# Adding


async def test_a_new_product_is_there_afterwards(client: httpx.AsyncClient) -> None:
    new = product(description="Hangs.")
    answer = await client.post("/api/products", json=new)
    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], **new}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["location"] == f"/api/products/{answer.json()['id']}"
    found = await client.get(answer.headers["location"])
    assert found.content == answer.content


async def test_a_description_may_be_left_out(client: httpx.AsyncClient) -> None:
    assert (await add(client))["description"] == ""


@pytest.mark.parametrize("value", TEXTS)
async def test_what_looks_like_sql_is_text(client: httpx.AsyncClient, value: str) -> None:
    texts = {"sku": f"{next(NUMBERS)} {value}", "name": value, "description": value}
    added = await add(client, **texts)
    assert {name: added[name] for name in texts} == texts
    changed = await client.patch(f"/api/products/{added['id']}", json={"name": f"{value}!"})
    assert changed.json() == {**added, "name": f"{value}!"}
    assert (await client.get(f"/api/products/{added['id']}")).json() == changed.json()


@pytest.mark.parametrize(
    ("price", "stored"),
    [
        ("0", "0.00"),
        (0, "0.00"),
        ("0.01", "0.01"),
        (2.5, "2.50"),
        ("2.50", "2.50"),
        (38970, "38970.00"),
        ("99999999.99", "99999999.99"),
        ("1e2", "100.00"),
    ],
)
async def test_a_price_has_two_digits(client: httpx.AsyncClient, price: Any, stored: str) -> None:
    assert (await add(client, price=price))["price"] == stored


NO_PRICES: tuple[Any, ...] = (
    "-0.01", -1, "0.001", 2.505, "100000000", 1e8, "NaN", "Infinity", "-Infinity", "1e999999999",
    "1e-999999999", "", "free", "2,50", None, [], {}, "9" * 5000, True,
)  # fmt: skip


@pytest.mark.parametrize("price", NO_PRICES)
async def test_a_price_that_is_none_is_refused(client: httpx.AsyncClient, price: Any) -> None:
    answer = await client.post("/api/products", json=product(price=price))
    assert_problem(answer, 422)
    assert locations(answer) == ["body.price"]
    answer = await client.patch("/api/products/1", json={"price": price})
    assert_problem(answer, 422)
    assert locations(answer) == ["body.price"]


BAD_FIELDS = [
    ("sku", None),
    ("sku", ""),
    ("sku", " \n"),
    ("sku", "x" * 65),
    ("sku", 7),
    ("sku", "a\x00b"),
    ("name", None),
    ("name", " "),
    ("name", "x" * 201),
    ("name", "a\x00b"),
    ("name", ["a"]),
    ("description", None),
    ("description", "x" * 10_001),
    ("description", "\x00"),
    ("category_id", None),
    ("category_id", -1),
    ("category_id", 2**31),
    ("category_id", 10**30),
    ("category_id", "one"),
    ("category_id", NOBODY),
    ("id", 5),
    ("search", "x"),
    ("created_at", "2011-01-01"),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
async def test_a_bad_field_is_named(
    client: httpx.AsyncClient, database: Database, field: str, value: Any
) -> None:
    whole = await rows_of(database, "products")
    answer = await client.post("/api/products", json=product(**{field: value}))
    assert_problem(answer, 422)
    assert locations(answer) == [f"body.{field}"]
    assert await rows_of(database, "products") == whole
    unchanged = await client.get("/api/products/1")
    answer = await client.patch("/api/products/1", json={"name": "Changed", field: value})
    assert_problem(answer, 422)
    assert locations(answer) == [f"body.{field}"]
    async with database.reading() as session:
        name = await session.scalar(select(Product.name).where(Product.id == 1))
    assert name == unchanged.json()["name"]


@pytest.mark.parametrize("field", ["sku", "name", "price", "category_id"])
async def test_a_missing_field_is_named(client: httpx.AsyncClient, field: str) -> None:
    new = product()
    del new[field]
    answer = await client.post("/api/products", json=new)
    assert_problem(answer, 422)
    assert locations(answer) == [f"body.{field}"]


SURROGATES = [
    b'{"sku": "\\ud800", "name": "x", "price": 1, "category_id": 1}',
    b'{"sku": "x", "name": "\\udfff", "price": 1, "category_id": 1}',
    b'{"sku": "x", "name": "x", "description": "\\ud800x", "price": 1, "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": "\\ud800", "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": NaN, "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": Infinity, "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": 1, "category_id": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("body", [*NO_TEXT, *SURROGATES])
@pytest.mark.parametrize("request_line", ["POST /api/products", "PATCH /api/products/1"])
async def test_a_body_that_is_no_product_is_refused(
    client: httpx.AsyncClient, request_line: str, body: bytes
) -> None:
    method, path = request_line.split()
    headers = {"content-type": "application/json"}
    answer = await client.request(method, path, content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert_problem(answer, answer.status_code)


# One sku, one product


async def test_a_sku_that_is_taken_is_named(client: httpx.AsyncClient, database: Database) -> None:
    first = await add(client)
    whole = await rows_of(database, "products")
    second = await client.post("/api/products", json=product(sku=first["sku"]))
    assert_problem(second, 409)
    assert first["sku"] in second.json()["detail"]
    other = await add(client)
    changed = await client.patch(f"/api/products/{other['id']}", json={"sku": first["sku"]})
    assert_problem(changed, 409)
    assert first["sku"] in changed.json()["detail"]
    assert (await client.get(f"/api/products/{other['id']}")).json() == other
    assert await rows_of(database, "products") == whole + 1


@pytest.mark.parametrize("kept", [True, False])
async def test_the_second_writer_of_a_sku_waits_for_the_first(
    client: httpx.AsyncClient, database: Database, kept: bool
) -> None:
    """Deciding from a look at the table would let the second one in, or answer it wrongly."""
    new = product()
    async with database.engine.connect() as first:
        await first.execute(insert(Product).values(new | {"price": Decimal(1)}))
        second = asyncio.create_task(client.post("/api/products", json=new))
        await wait_for_locks(database, 1)
        await (first.commit() if kept else first.rollback())
    answer = await second
    assert answer.status_code == (409 if kept else 201)
    async with database.reading() as session:
        rows = await session.scalars(select(Product.id).where(Product.sku == new["sku"]))
        assert len(rows.all()) == 1


async def test_of_many_at_once_one_gets_the_sku(client: httpx.AsyncClient) -> None:
    new = product()
    answers = await asyncio.gather(*(client.post("/api/products", json=new) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11


async def test_a_lost_connection_leaves_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    """The statement ran, the commit did not: it is not acknowledged, and not there."""
    new = product()
    async with database.engine.connect() as first:
        await first.execute(insert(Product).values(new | {"price": Decimal(1)}))
        second = asyncio.create_task(client.post("/api/products", json=new))
        await wait_for_locks(database, 1)
        await first.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                 " WHERE datname = current_database() AND wait_event_type = 'Lock'")
        )  # fmt: skip
        assert_problem(await second, 503)
        await first.rollback()
    async with database.reading() as session:
        assert await session.scalar(select(Product.id).where(Product.sku == new["sku"])) is None
    assert (await client.post("/api/products", json=new)).status_code == 201


# Changing


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Black lantern"},
        {"description": "Stands."},
        {"description": ""},
        {"price": "0.07"},
        {"category_id": 2},
        {"sku": "CHANGED-1"},
        {"sku": "CHANGED-2", "name": "N", "description": "D", "price": "1.00", "category_id": 3},
        {},
    ],
)
async def test_only_what_is_given_changes(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    old = await add(client, description="Hangs.")
    answer = await client.patch(f"/api/products/{old['id']}", json=change)
    assert answer.status_code == 200
    assert answer.json() == {**old, **change}
    assert (await client.get(f"/api/products/{old['id']}")).content == answer.content
    again = await client.patch(f"/api/products/{old['id']}", json=answer.json() | {"id": 1})
    assert locations(again) == ["body.id"]
    del (same := answer.json())["id"]
    assert (await client.patch(f"/api/products/{old['id']}", json=same)).json() == answer.json()


async def test_a_changed_name_is_found(client: httpx.AsyncClient) -> None:
    old = await add(client, name="Quuxalot")
    await client.patch(f"/api/products/{old['id']}", json={"name": "Corgifer"})
    assert (await client.get("/api/products/search?q=quuxal")).json() == []
    found = (await client.get("/api/products/search?q=corgif")).json()
    assert [one["id"] for one in found] == [old["id"]]


async def test_two_changes_at_once_are_both_kept(
    client: httpx.AsyncClient, database: Database
) -> None:
    old = await add(client)
    async with database.engine.connect() as first:
        await first.execute(
            update(Product).where(Product.id == old["id"]).values(name="First", price=Decimal(1))
        )
        second = asyncio.create_task(
            client.patch(f"/api/products/{old['id']}", json={"price": "3.00"})
        )
        await wait_for_locks(database, 1)
        await first.commit()
    answer = await second
    assert answer.json() == {**old, "name": "First", "price": "3.00"}
    assert (await client.get(f"/api/products/{old['id']}")).json() == answer.json()


async def test_many_changes_at_once_are_all_kept(client: httpx.AsyncClient) -> None:
    old = await add(client)
    changes = ({"name": "N"}, {"description": "D"}, {"price": "1.00"}, {"category_id": 2})
    path = f"/api/products/{old['id']}"
    await asyncio.gather(*(client.patch(path, json=change) for change in changes))
    assert (await client.get(path)).json() == {
        **old, "name": "N", "description": "D", "price": "1.00", "category_id": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("number", "status"), [(0, 404), (NOBODY, 404), (2**31, 422)])
async def test_a_product_that_is_not_there(
    client: httpx.AsyncClient, number: int, status: int
) -> None:
    path = f"/api/products/{number}"
    assert_problem(await client.patch(path, json={"name": "x"}), status)
    assert_problem(await client.delete(path), status)


# Deleting


async def test_a_deleted_product_is_gone(client: httpx.AsyncClient) -> None:
    new = await add(client)
    path = f"/api/products/{new['id']}"
    assert (await client.get(path)).status_code == 200
    answer = await client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert_problem(await client.get(path), 404)
    assert_problem(await client.delete(path), 404)
    assert (await add(client, sku=new["sku"]))["id"] != new["id"]


async def test_what_was_ordered_or_reviewed_stays(
    client: httpx.AsyncClient, database: Database
) -> None:
    ordered, reviewed = await add(client), await add(client)
    async with database.writing() as session:
        line = OrderLine(order_id=1, product_id=ordered["id"], quantity=1, unit_price=Decimal(1))
        post = Post(author_id=1, product_id=reviewed["id"], title="x", body="x", rating=1)
        session.add_all([line, post])
    for one in (ordered, reviewed):
        answer = await client.delete(f"/api/products/{one['id']}")
        assert_problem(answer, 409)
        assert str(one["id"]) in answer.json()["detail"]
        assert (await client.get(f"/api/products/{one['id']}")).json() == one
    async with database.writing() as session:
        await session.execute(delete(OrderLine).where(OrderLine.product_id == ordered["id"]))
        await session.execute(delete(Post).where(Post.product_id == reviewed["id"]))
    for one in (ordered, reviewed):
        assert (await client.delete(f"/api/products/{one['id']}")).status_code == 204


async def test_what_is_being_ordered_stays(client: httpx.AsyncClient, database: Database) -> None:
    """A look for orders would not have seen this one, which is not committed yet."""
    new = await add(client)
    async with database.engine.connect() as buyer:
        await buyer.execute(
            insert(OrderLine).values(
                order_id=1, product_id=new["id"], quantity=1, unit_price=Decimal(1)
            )
        )
        deleting = asyncio.create_task(client.delete(f"/api/products/{new['id']}"))
        await wait_for_locks(database, 1)
        await buyer.commit()
    assert_problem(await deleting, 409)
    assert (await client.get(f"/api/products/{new['id']}")).status_code == 200


# Who may

WRITES = ["POST /api/products", "POST /api/products/bulk", "PATCH /api/products/1",
          "DELETE /api/products/1"]  # fmt: skip


@pytest.mark.parametrize("request_line", WRITES)
@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer x"}, 401), (bearer(1), 403),
     (bearer(1, "orders:write", "community:write"), 403)],
)  # fmt: skip
async def test_only_who_has_the_scope_may(
    settings: Settings, request_line: str, headers: dict[str, str], status: int
) -> None:
    method, path = request_line.split()
    async with client_of(create_app(settings)) as client:
        for body in ({"name": "x"}, {"no": "product"}):
            answer = await client.request(method, path, json=body, headers=headers)
            assert_problem(answer, status)
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert (await client.get("/api/products/1")).json()["name"] != "x"


# The cache


async def put_past_the_shop(database: Database, number: int, name: str) -> None:
    async with database.writing() as session:
        await session.execute(update(Product).where(Product.id == number).values(name=name))


async def test_what_is_cached_shows_a_change_at_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    new = await add(client, name="Grault")
    number = new["id"]
    paths = (
        f"/api/products?after={number - 1}&limit=1",
        f"/api/products?after={number - 1}&limit=1&category=1",
        f"/api/categories/1/products?after={number - 1}&limit=1",
        "/api/products/search?q=grault",
        f"/api/products/{number}",
    )

    async def names() -> set[str]:
        found = set()
        for path in paths:
            body = (await client.get(path)).json()
            rows = body.get("items", [body]) if isinstance(body, dict) else body
            found |= {row["name"] for row in rows}
        return found

    assert await names() == {"Grault"}
    await put_past_the_shop(database, number, "Grault unseen")
    assert await names() == {"Grault"}  # so it was the cache that answered
    await client.patch(f"/api/products/{number}", json={"name": "Grault changed"})
    assert await names() == {"Grault changed"}
    await client.delete(f"/api/products/{number}")
    assert [(await client.get(path)).text for path in paths[:3]] == ['{"items":[],"next":null}'] * 3
    assert (await client.get(paths[3])).json() == []
    assert (await client.get(paths[4])).status_code == 404


@pytest.mark.parametrize(("field", "value"), [("name", "Renamed"), ("sku", "SHOWN-1")])
async def test_cached_orders_and_posts_show_a_change_at_once(
    client: httpx.AsyncClient, field: str, value: str
) -> None:
    number = (await add(client))["id"]
    ordered = {"lines": [{"product_id": number, "quantity": 1}]}
    review = {"product_id": number, "title": "Good", "body": "It is.", "rating": 5}
    customer = bearer(1, "orders:write", "community:write")
    places = ["/api/orders?limit=1", "/api/posts?limit=1"]
    for path, new in (("/api/orders", ordered), ("/api/posts", review)):
        answer = await client.post(path, json=new, headers=customer)
        places.append(answer.headers["Location"])

    async def shown() -> list[bool]:
        return [value in (await client.get(place)).text for place in places]

    assert await shown() == [False] * 4
    changed = await client.patch(f"/api/products/{number}", json={field: value})
    assert changed.is_success, changed.text
    assert await shown() == [True, field == "name", True, field == "name"]


async def test_a_change_leaves_other_products_in_the_cache(
    client: httpx.AsyncClient, database: Database
) -> None:
    one, other = await add(client), await add(client)
    await client.get(f"/api/products/{other['id']}")
    await put_past_the_shop(database, other["id"], "Unseen")
    await client.patch(f"/api/products/{one['id']}", json={"name": "x"})
    assert (await client.get(f"/api/products/{other['id']}")).json() == other


async def test_what_was_missing_is_found_once_it_is_added(client: httpx.AsyncClient) -> None:
    newest = (await add(client))["id"]
    for path in (f"/api/products/{newest + 1}", f"/api/products?after={newest}"):
        assert (await client.get(path)).status_code in (200, 404)
    added = await add(client)
    assert added["id"] == newest + 1
    assert (await client.get(f"/api/products/{newest + 1}")).json() == added
    listed = (await client.get(f"/api/products?after={newest}")).json()
    assert listed == {"items": [added], "next": None}


async def test_what_shows_products_is_dropped_from_the_cache(
    settings: Settings, database: Database
) -> None:
    cache = NotingCache(database, "SELECT max(id) FROM products WHERE price = 7.77")
    async with client_of(create_app(settings, cache=cache)) as client:
        client.headers.update(WRITER)
        assert (await client.post("/api/products", json=product(category_id=NOBODY))).is_error
        assert (await client.patch(f"/api/products/{NOBODY}", json={})).is_error
        assert (await client.delete("/api/products/1")).is_error
        assert cache.dropped == set()
        number = (await add(client, price="7.77"))["id"]
        assert cache.dropped == {"products", f"product:{number}"}
        await client.patch(f"/api/products/{number}", json={"price": "8.88"})
        assert cache.dropped == {"products", f"product:{number}"}
        await client.patch(f"/api/products/{number}", json={"category_id": 2})
        assert cache.dropped == {"products", f"product:{number}", "assortment"}
        await client.patch(f"/api/products/{number}", json={"sku": "OTHER-777"})
        assert cache.dropped == {"products", f"product:{number}", "assortment", PRODUCT_NAMES}
        cache.dropped.clear()
        await client.patch(f"/api/products/{number}", json={"name": "Other"})
        assert cache.dropped == {"products", f"product:{number}", PRODUCT_NAMES}
        cache.dropped.clear()
        await client.delete(f"/api/products/{number}")
        assert cache.dropped == {"products", f"product:{number}"}
    assert cache.seen == [number, *[None] * 5]  # committed by then


async def test_categories_are_kept(client: httpx.AsyncClient, database: Database) -> None:
    first = await client.get("/api/categories")
    async with database.writing() as session:
        await session.execute(text("UPDATE categories SET name = name || '!' WHERE id = 1"))
    assert (await client.get("/api/categories")).content == first.content


async def test_the_answers_of_two_requests_are_not_mixed_up(client: httpx.AsyncClient) -> None:
    paths = ["/api/products/1", "/api/products/2", "/api/products?limit=1", "/api/products?limit=2",
             "/api/products?limit=1&after=1", "/api/products?limit=1&category=3",
             "/api/categories/1/products?limit=1", "/api/categories/2/products?limit=1",
             "/api/categories/1/products?limit=2", "/api/categories/1/products?limit=1&after=700",
             "/api/products/search?q=heart&limit=1", "/api/products/search?q=heart&limit=2",
             "/api/products/search?q=red&limit=1", "/api/categories"]  # fmt: skip
    first = [(await client.get(path)).content for path in paths]
    assert len(set(first)) == len(paths)
    assert [(await client.get(path)).content for path in paths] == first


# What it costs


@pytest.mark.parametrize("kind", ["POST", "PATCH", "DELETE"])
async def test_a_write_is_one_statement_in_one_transaction(settings: Settings, kind: str) -> None:
    async def write(client: httpx.AsyncClient) -> None:
        path, body = "/api/products", product()
        if kind == "PATCH":
            path, body = "/api/products/1", {"price": "1.00"}
        if kind == "DELETE":
            path, body = f"/api/products/{NOBODY}", {}
        answer = await client.request(kind, path, json=body, headers=WRITER)
        assert answer.status_code in (200, 201, 404)

    work = await work_of(create_app(settings), write)
    assert (work.statements, work.round_trips) == (1, 3)


def test_the_description_says_what_can_happen() -> None:
    document = create_app(Settings()).openapi()
    paths = document["paths"]
    create, bulk = paths["/api/products"]["post"], paths["/api/products/bulk"]["post"]
    change, remove = (paths["/api/products/{product_id}"][kind] for kind in ("patch", "delete"))
    assert "Location" in create["responses"]["201"]["headers"]
    for operation in (create, bulk, change, remove):
        assert operation["responses"].keys() >= {"401", "403", "409", "422"}
        assert operation["security"]
    assert "content" not in remove["responses"]["204"]
    assert remove["responses"].keys() & {"200", "201"} == set()
    schemas = document["components"]["schemas"]
    for name in ("Product", "NewProduct", "ProductChange", "ProductsCreated"):
        assert schemas[name]["examples"]
    assert "required" not in schemas["ProductChange"]
    body = bulk["requestBody"]["content"]["application/json"]["schema"]
    assert body["items"] == {"$ref": "#/components/schemas/NewProduct"}
    assert (body["minItems"], body["maxItems"]) == (1, 10_000)
