"""Creating, changing and deleting a product: one statement each, and safe under concurrency."""

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
    INVALID_BODIES,
    TEXTS,
    UNKNOWN_ID,
    RecordingCache,
    count_rows,
    private_database,
    wait_for_locks,
    work_of,
)

WRITER = bearer(1, "catalog:write")
NUMBERS = count()


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may write, of a shop with a cache."""
    app = create_app(settings, cache=MemoryCache(3600))
    async with client_of(app) as client:
        client.headers.update(WRITER)
        yield client


def product(**fields: Any) -> dict[str, Any]:
    """A valid new product with a unique sku."""
    return {
        "sku": f"NEW-{next(NUMBERS)}",
        "name": "White lantern",
        "price": "2.50",
        "category_id": 1,
        **fields,
    }


async def add(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/api/products", json=product(**fields))
    assert response.status_code == 201, response.text
    added: dict[str, Any] = response.json()
    return added


def locations(response: httpx.Response) -> list[str]:
    return [error["location"] for error in response.json()["errors"]]


# Creating


async def test_a_created_product_can_be_read(client: httpx.AsyncClient) -> None:
    new = product(description="Hangs.")
    response = await client.post("/api/products", json=new)
    assert response.status_code == 201
    assert response.json() == {"id": response.json()["id"], **new}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["location"] == f"/api/products/{response.json()['id']}"
    found = await client.get(response.headers["location"])
    assert found.content == response.content


async def test_the_description_is_optional(client: httpx.AsyncClient) -> None:
    assert (await add(client))["description"] == ""


@pytest.mark.parametrize("value", TEXTS)
async def test_sql_in_a_text_field_is_stored_as_text(client: httpx.AsyncClient, value: str) -> None:
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
async def test_a_price_is_stored_with_two_decimal_places(
    client: httpx.AsyncClient, price: Any, stored: str
) -> None:
    assert (await add(client, price=price))["price"] == stored


INVALID_PRICES: tuple[Any, ...] = (
    "-0.01", -1, "0.001", 2.505, "100000000", 1e8, "NaN", "Infinity", "-Infinity", "1e999999999",
    "1e-999999999", "", "free", "2,50", None, [], {}, "9" * 5000, True,
)  # fmt: skip


@pytest.mark.parametrize("price", INVALID_PRICES)
async def test_an_invalid_price_is_rejected_with_422(client: httpx.AsyncClient, price: Any) -> None:
    response = await client.post("/api/products", json=product(price=price))
    assert_problem(response, 422)
    assert locations(response) == ["body.price"]
    response = await client.patch("/api/products/1", json={"price": price})
    assert_problem(response, 422)
    assert locations(response) == ["body.price"]


INVALID_FIELDS = [
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
    ("category_id", UNKNOWN_ID),
    ("id", 5),
    ("search", "x"),
    ("created_at", "2011-01-01"),
]


@pytest.mark.parametrize(("field", "value"), INVALID_FIELDS)
async def test_an_invalid_field_is_named_and_nothing_is_stored(
    client: httpx.AsyncClient, database: Database, field: str, value: Any
) -> None:
    before = await count_rows(database, "products")
    response = await client.post("/api/products", json=product(**{field: value}))
    assert_problem(response, 422)
    assert locations(response) == [f"body.{field}"]
    assert await count_rows(database, "products") == before
    unchanged = await client.get("/api/products/1")
    response = await client.patch("/api/products/1", json={"name": "Changed", field: value})
    assert_problem(response, 422)
    assert locations(response) == [f"body.{field}"]
    async with database.reading() as session:
        name = await session.scalar(select(Product.name).where(Product.id == 1))
    assert name == unchanged.json()["name"]


@pytest.mark.parametrize("field", ["sku", "name", "price", "category_id"])
async def test_a_missing_field_is_rejected_with_422_and_named(
    client: httpx.AsyncClient, field: str
) -> None:
    new = product()
    del new[field]
    response = await client.post("/api/products", json=new)
    assert_problem(response, 422)
    assert locations(response) == [f"body.{field}"]


INVALID_PRODUCTS = [
    b'{"sku": "\\ud800", "name": "x", "price": 1, "category_id": 1}',
    b'{"sku": "x", "name": "\\udfff", "price": 1, "category_id": 1}',
    b'{"sku": "x", "name": "x", "description": "\\ud800x", "price": 1, "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": "\\ud800", "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": NaN, "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": Infinity, "category_id": 1}',
    b'{"sku": "x", "name": "x", "price": 1, "category_id": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("body", [*INVALID_BODIES, *INVALID_PRODUCTS])
@pytest.mark.parametrize("request_line", ["POST /api/products", "PATCH /api/products/1"])
async def test_an_invalid_body_is_rejected(
    client: httpx.AsyncClient, request_line: str, body: bytes
) -> None:
    method, path = request_line.split()
    headers = {"content-type": "application/json"}
    response = await client.request(method, path, content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert_problem(response, response.status_code)


# Unique skus


async def test_a_duplicate_sku_is_rejected_with_409_and_named(
    client: httpx.AsyncClient, database: Database
) -> None:
    first = await add(client)
    before = await count_rows(database, "products")
    second = await client.post("/api/products", json=product(sku=first["sku"]))
    assert_problem(second, 409)
    assert first["sku"] in second.json()["detail"]
    other = await add(client)
    changed = await client.patch(f"/api/products/{other['id']}", json={"sku": first["sku"]})
    assert_problem(changed, 409)
    assert first["sku"] in changed.json()["detail"]
    assert (await client.get(f"/api/products/{other['id']}")).json() == other
    assert await count_rows(database, "products") == before + 1


@pytest.mark.parametrize("committed", [True, False])
async def test_the_second_writer_of_a_sku_waits_for_the_first(
    client: httpx.AsyncClient, database: Database, committed: bool
) -> None:
    """A SELECT before the INSERT would not see the uncommitted product of the first writer."""
    new = product()
    async with database.engine.connect() as first:
        await first.execute(insert(Product).values(new | {"price": Decimal(1)}))
        second = asyncio.create_task(client.post("/api/products", json=new))
        await wait_for_locks(database, 1)
        await (first.commit() if committed else first.rollback())
    response = await second
    assert response.status_code == (409 if committed else 201)
    async with database.reading() as session:
        rows = await session.scalars(select(Product.id).where(Product.sku == new["sku"]))
        assert len(rows.all()) == 1


async def test_only_one_of_many_concurrent_requests_gets_the_sku(client: httpx.AsyncClient) -> None:
    new = product()
    responses = await asyncio.gather(*(client.post("/api/products", json=new) for _ in range(12)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 11


async def test_an_insert_whose_connection_is_lost_is_rolled_back(
    client: httpx.AsyncClient, database: Database
) -> None:
    """The statement has run but not committed: it is neither acknowledged nor stored."""
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
async def test_a_patch_changes_only_the_given_fields(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    old = await add(client, description="Hangs.")
    response = await client.patch(f"/api/products/{old['id']}", json=change)
    assert response.status_code == 200
    assert response.json() == {**old, **change}
    assert (await client.get(f"/api/products/{old['id']}")).content == response.content
    again = await client.patch(f"/api/products/{old['id']}", json=response.json() | {"id": 1})
    assert locations(again) == ["body.id"]
    del (same := response.json())["id"]
    assert (await client.patch(f"/api/products/{old['id']}", json=same)).json() == response.json()


async def test_search_finds_a_changed_name(client: httpx.AsyncClient) -> None:
    old = await add(client, name="Quuxalot")
    await client.patch(f"/api/products/{old['id']}", json={"name": "Corgifer"})
    assert (await client.get("/api/products/search?q=quuxal")).json() == []
    found = (await client.get("/api/products/search?q=corgif")).json()
    assert [one["id"] for one in found] == [old["id"]]


async def test_two_concurrent_patches_are_both_applied(
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
    response = await second
    assert response.json() == {**old, "name": "First", "price": "3.00"}
    assert (await client.get(f"/api/products/{old['id']}")).json() == response.json()


async def test_many_concurrent_patches_are_all_applied(client: httpx.AsyncClient) -> None:
    old = await add(client)
    changes = ({"name": "N"}, {"description": "D"}, {"price": "1.00"}, {"category_id": 2})
    path = f"/api/products/{old['id']}"
    await asyncio.gather(*(client.patch(path, json=change) for change in changes))
    assert (await client.get(path)).json() == {
        **old, "name": "N", "description": "D", "price": "1.00", "category_id": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("number", "status"), [(0, 404), (UNKNOWN_ID, 404), (2**31, 422)])
async def test_an_unknown_product_cannot_be_changed_or_deleted(
    client: httpx.AsyncClient, number: int, status: int
) -> None:
    path = f"/api/products/{number}"
    assert_problem(await client.patch(path, json={"name": "x"}), status)
    assert_problem(await client.delete(path), status)


# Deleting


async def test_a_deleted_product_is_404(client: httpx.AsyncClient) -> None:
    new = await add(client)
    path = f"/api/products/{new['id']}"
    assert (await client.get(path)).status_code == 200
    response = await client.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert_problem(await client.get(path), 404)
    assert_problem(await client.delete(path), 404)
    assert (await add(client, sku=new["sku"]))["id"] != new["id"]


async def test_a_product_with_orders_or_reviews_cannot_be_deleted(
    client: httpx.AsyncClient, database: Database
) -> None:
    ordered, reviewed = await add(client), await add(client)
    async with database.writing() as session:
        line = OrderLine(order_id=1, product_id=ordered["id"], quantity=1, unit_price=Decimal(1))
        post = Post(author_id=1, product_id=reviewed["id"], title="x", body="x", rating=1)
        session.add_all([line, post])
    for one in (ordered, reviewed):
        response = await client.delete(f"/api/products/{one['id']}")
        assert_problem(response, 409)
        assert str(one["id"]) in response.json()["detail"]
        assert (await client.get(f"/api/products/{one['id']}")).json() == one
    async with database.writing() as session:
        await session.execute(delete(OrderLine).where(OrderLine.product_id == ordered["id"]))
        await session.execute(delete(Post).where(Post.product_id == reviewed["id"]))
    for one in (ordered, reviewed):
        assert (await client.delete(f"/api/products/{one['id']}")).status_code == 204


async def test_a_product_in_an_uncommitted_order_cannot_be_deleted(
    client: httpx.AsyncClient, database: Database
) -> None:
    """A SELECT would not see this order, which is not committed yet."""
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


# Authorization

WRITES = ["POST /api/products", "POST /api/products/bulk", "PATCH /api/products/1",
          "PATCH /api/products/prices", "DELETE /api/products/1"]  # fmt: skip


@pytest.mark.parametrize("request_line", WRITES)
@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer x"}, 401), (bearer(1), 403),
     (bearer(1, "orders:write", "community:write"), 403)],
)  # fmt: skip
async def test_a_write_without_the_scope_is_rejected(
    settings: Settings, request_line: str, headers: dict[str, str], status: int
) -> None:
    method, path = request_line.split()
    async with client_of(create_app(settings)) as client:
        for body in ({"name": "x"}, {"no": "product"}):
            response = await client.request(method, path, json=body, headers=headers)
            assert_problem(response, status)
            assert response.headers["www-authenticate"].startswith("Bearer")
        assert (await client.get("/api/products/1")).json()["name"] != "x"


# The cache


async def update_behind_the_cache(database: Database, number: int, name: str) -> None:
    async with database.writing() as session:
        await session.execute(update(Product).where(Product.id == number).values(name=name))


async def test_cached_products_reflect_a_change_at_once(
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
    await update_behind_the_cache(database, number, "Grault unseen")
    assert await names() == {"Grault"}  # so the response came from the cache
    await client.patch(f"/api/products/{number}", json={"name": "Grault changed"})
    assert await names() == {"Grault changed"}
    await client.delete(f"/api/products/{number}")
    assert [(await client.get(path)).text for path in paths[:3]] == ['{"items":[],"next":null}'] * 3
    assert (await client.get(paths[3])).json() == []
    assert (await client.get(paths[4])).status_code == 404


@pytest.mark.parametrize(("field", "value"), [("name", "Renamed"), ("sku", "SHOWN-1")])
async def test_cached_orders_and_posts_reflect_a_change_at_once(
    client: httpx.AsyncClient, field: str, value: str
) -> None:
    number = (await add(client))["id"]
    ordered = {"lines": [{"product_id": number, "quantity": 1}]}
    review = {"product_id": number, "title": "Good", "body": "It is.", "rating": 5}
    customer = bearer(1, "orders:write", "community:write")
    urls = ["/api/orders?limit=1", "/api/posts?limit=1"]
    for path, new in (("/api/orders", ordered), ("/api/posts", review)):
        response = await client.post(path, json=new, headers=customer)
        urls.append(response.headers["Location"])

    async def shown() -> list[bool]:
        return [value in (await client.get(url)).text for url in urls]

    assert await shown() == [False] * 4
    changed = await client.patch(f"/api/products/{number}", json={field: value})
    assert changed.is_success, changed.text
    assert await shown() == [True, field == "name", True, field == "name"]


async def test_a_change_does_not_invalidate_other_products(
    client: httpx.AsyncClient, database: Database
) -> None:
    one, other = await add(client), await add(client)
    await client.get(f"/api/products/{other['id']}")
    await update_behind_the_cache(database, other["id"], "Unseen")
    await client.patch(f"/api/products/{one['id']}", json={"name": "x"})
    assert (await client.get(f"/api/products/{other['id']}")).json() == other


async def test_creating_a_product_invalidates_its_cached_404(client: httpx.AsyncClient) -> None:
    newest = (await add(client))["id"]
    for path in (f"/api/products/{newest + 1}", f"/api/products?after={newest}"):
        assert (await client.get(path)).status_code in (200, 404)
    added = await add(client)
    assert added["id"] == newest + 1
    assert (await client.get(f"/api/products/{newest + 1}")).json() == added
    listed = (await client.get(f"/api/products?after={newest}")).json()
    assert listed == {"items": [added], "next": None}


async def test_each_write_drops_its_tags_from_the_cache_after_the_commit(
    settings: Settings, database: Database
) -> None:
    cache = RecordingCache(database, "SELECT max(id) FROM products WHERE price = 7.77")
    async with client_of(create_app(settings, cache=cache)) as client:
        client.headers.update(WRITER)
        assert (await client.post("/api/products", json=product(category_id=UNKNOWN_ID))).is_error
        assert (await client.patch(f"/api/products/{UNKNOWN_ID}", json={})).is_error
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


async def test_categories_are_cached(client: httpx.AsyncClient, database: Database) -> None:
    first = await client.get("/api/categories")
    async with database.writing() as session:
        await session.execute(text("UPDATE categories SET name = name || '!' WHERE id = 1"))
    assert (await client.get("/api/categories")).content == first.content


async def test_requests_with_different_parameters_have_separate_cache_entries(
    client: httpx.AsyncClient,
) -> None:
    paths = ["/api/products/1", "/api/products/2", "/api/products?limit=1", "/api/products?limit=2",
             "/api/products?limit=1&after=1", "/api/products?limit=1&category=3",
             "/api/categories/1/products?limit=1", "/api/categories/2/products?limit=1",
             "/api/categories/1/products?limit=2", "/api/categories/1/products?limit=1&after=700",
             "/api/products/search?q=heart&limit=1", "/api/products/search?q=heart&limit=2",
             "/api/products/search?q=red&limit=1", "/api/categories"]  # fmt: skip
    first = [(await client.get(path)).content for path in paths]
    assert len(set(first)) == len(paths)
    assert [(await client.get(path)).content for path in paths] == first


# Costs


@pytest.mark.parametrize("kind", ["POST", "PATCH", "DELETE"])
async def test_a_write_takes_one_statement_in_one_transaction(
    settings: Settings, kind: str
) -> None:
    async def write(client: httpx.AsyncClient) -> None:
        path, body = "/api/products", product()
        if kind == "PATCH":
            path, body = "/api/products/1", {"price": "1.00"}
        if kind == "DELETE":
            path, body = f"/api/products/{UNKNOWN_ID}", {}
        response = await client.request(kind, path, json=body, headers=WRITER)
        assert response.status_code in (200, 201, 404)

    work = await work_of(create_app(settings), write)
    assert (work.statements, work.round_trips) == (1, 3)


def test_openapi_documents_every_response_to_a_write() -> None:
    document = create_app(Settings()).openapi()
    paths = document["paths"]
    create, bulk = paths["/api/products"]["post"], paths["/api/products/bulk"]["post"]
    change, remove = (paths["/api/products/{product_id}"][kind] for kind in ("patch", "delete"))
    prices = paths["/api/products/prices"]["patch"]
    assert "Location" in create["responses"]["201"]["headers"]
    for operation in (create, bulk, change, prices, remove):
        assert operation["responses"].keys() >= {"401", "403", "409", "422"}
        assert operation["security"]
    assert "content" not in remove["responses"]["204"]
    assert remove["responses"].keys() & {"200", "201"} == set()
    schemas = document["components"]["schemas"]
    for name in ("Product", "NewProduct", "ProductChange", "ProductsCreated", "PricesChanged"):
        assert schemas[name]["examples"]
    assert "required" not in schemas["ProductChange"]
    body = bulk["requestBody"]["content"]["application/json"]["schema"]
    assert body["items"] == {"$ref": "#/components/schemas/NewProduct"}
    assert (body["minItems"], body["maxItems"]) == (1, 10_000)
    body = prices["requestBody"]["content"]["application/json"]["schema"]
    assert body["items"]["properties"].keys() == {"id", "price"}
    assert body["items"]["examples"]
    assert (body["minItems"], body["maxItems"]) == (1, 5_000)
