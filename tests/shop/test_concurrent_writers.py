"""Concurrent writes to the same rows through two workers that share a Redis: one write wins, no
request fails with a 500, and the cache agrees with PostgreSQL."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle, product
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.shop import create_app
from app.shop.database import Database, open_database
from app.shop.models import OrderLine, Product
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.cache.conftest import running_redis
from tests.shop.cache.server import RedisProcess
from tests.shop.conftest import client_of
from tests.shop.edge.serving import serve
from tests.shop.test_errors import assert_problem
from tests.shop.writing import private_database

WRITES = 50
READERS = 4
WRITER = bearer(1, "catalog:write", "orders:write")

Workers = tuple[httpx.AsyncClient, httpx.AsyncClient]


# Every COMMIT takes 10 ms or more, so that acting before it ends becomes visible.
SLOW_COMMITS = """
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT OR UPDATE OR DELETE ON products
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()
"""


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    async def make_slow(url: str) -> None:
        database = open_database(Settings(database_url=url))
        async with database.driver() as driver:
            await driver.execute(SLOW_COMMITS)
        await database.close()

    with private_database() as url:
        asyncio.run(make_slow(url))
        yield url


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisProcess]:
    with running_redis() as server:
        yield server


@pytest.fixture
async def workers(database_url: str, redis_server: RedisProcess) -> AsyncIterator[Workers]:
    """A client for each of two shops that share nothing but PostgreSQL and Redis."""
    settings = Settings(
        database_url=database_url,
        redis_url=redis_server.url,
        redis_prefix=f"{secrets.token_hex(4)}:",
        pool_size=8,
        pool_timeout=20,
    )
    # Idle connections are closed here well before the server would close them.
    limits = httpx.Limits(max_connections=None, keepalive_expiry=1)
    async with AsyncExitStack() as stack:
        clients = [
            httpx.AsyncClient(base_url=url, limits=limits, headers=WRITER, timeout=30)
            for url in [stack.enter_context(serve(create_app(settings))) for _ in range(2)]
        ]
        for client in clients:
            await stack.enter_async_context(client)
        yield clients[0], clients[1]


async def add(client: httpx.AsyncClient, sku: str) -> dict[str, Any]:
    response = await client.post("/api/products", json=new_product(sku))
    assert response.status_code == 201, response.text
    added: dict[str, Any] = response.json()
    return added


def new_product(sku: str, number: int = 0) -> dict[str, Any]:
    return {"sku": sku, "name": f"Writer {number}", "price": f"{number}.00", "category_id": 1}


async def read_both(workers: Workers, path: str) -> list[Any]:
    """What each of the workers returns, perhaps from its cache."""
    return [(await client.get(path)).json() for client in workers]


@asynccontextmanager
async def background_readers(workers: Workers, *paths: str) -> AsyncIterator[None]:
    """Keep reading ``paths`` in the background, so that they are cached during the writes."""

    async def read() -> None:
        for client, path in cycle(product(workers, paths)):
            assert (await client.get(path)).status_code in (200, 404)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read()) for _ in range(READERS)]
        yield
        for task in tasks:
            task.cancel()


async def test_of_many_concurrent_changes_the_last_one_wins_everywhere(
    workers: Workers, database: Database
) -> None:
    """Each change sets two fields. Two changes never mix, and all readers see the same result."""
    number = (await add(workers[0], "TWO-CHANGES"))["id"]
    one, page = f"/api/products/{number}", f"/api/products?after={number - 1}&limit=1"
    changes = [{"name": f"Writer {n}", "price": f"{n}.00"} for n in range(WRITES)]
    async with background_readers(workers, one, page):
        responses = await asyncio.gather(
            *(
                client.patch(one, json=change)
                for client, change in zip(cycle(workers), changes, strict=False)
            )
        )
    assert [response.status_code for response in responses] == [200] * WRITES
    for change, response in zip(changes, responses, strict=True):
        assert change.items() <= response.json().items()
    async with database.reading() as session:
        stored = await session.get_one(Product, number)
    last = {"name": stored.name, "price": str(stored.price)}
    assert last in changes
    for body in [
        *await read_both(workers, one),
        *[p["items"][0] for p in await read_both(workers, page)],
    ]:
        assert last.items() <= body.items()


async def test_of_many_concurrent_products_with_one_sku_only_one_is_created(
    workers: Workers, database: Database
) -> None:
    before = (await add(workers[0], "TWO-BEFORE"))["id"]
    page = f"/api/products?after={before}"
    new = [new_product("TWO-SKU", n) for n in range(WRITES)]
    async with background_readers(workers, page):
        responses = await asyncio.gather(
            *(
                client.post("/api/products", json=one)
                for client, one in zip(cycle(workers), new, strict=False)
            )
        )
    statuses = Counter(response.status_code for response in responses)
    assert statuses == {201: 1, 409: WRITES - 1}
    (added,) = (response.json() for response in responses if response.status_code == 201)
    for response in responses:
        if response.status_code == 409:
            assert_problem(response, 409)
    async with database.reading() as session:
        stored = await session.scalars(select(Product).where(Product.sku == "TWO-SKU"))
        assert [one.name for one in stored] == [added["name"]]
    assert [p["items"] for p in await read_both(workers, page)] == [[added], [added]]
    assert await read_both(workers, f"/api/products/{added['id']}") == [added, added]


async def test_a_product_is_either_ordered_or_deleted_but_never_both(
    workers: Workers, database: Database
) -> None:
    """Each of many products is ordered and deleted at the same time: only one may succeed."""
    numbers = [(await add(workers[0], f"TWO-{n}"))["id"] for n in range(WRITES)]

    first, second = workers
    paths = [f"/api/products/{number}" for number in numbers]
    lines = [{"lines": [{"product_id": number, "quantity": 1}]} for number in numbers]

    async def delete(index: int) -> httpx.Response:
        # The delays are spread so that some orders and some deletions come first.
        await asyncio.sleep(index % 10 * 0.005)
        return await second.delete(paths[index])

    async with background_readers(workers, *paths):
        ordering = asyncio.gather(*(first.post("/api/orders", json=body) for body in lines))
        deleting = asyncio.gather(*(delete(index) for index in range(WRITES)))
        ordered = [response.status_code for response in await ordering]
        deleted = [response.status_code for response in await deleting]
    assert set(zip(ordered, deleted, strict=True)) <= {(201, 409), (409, 204), (422, 204)}
    async with database.reading() as session:
        left = set(await session.scalars(select(Product.id).where(Product.id.in_(numbers))))
        sold = await session.scalars(
            select(OrderLine.product_id).where(OrderLine.product_id.in_(numbers))
        )
        assert sorted(sold) == sorted(left)
    assert left == {
        number for number, status in zip(numbers, ordered, strict=True) if status == 201
    }
    for client in workers:
        seen = [(await client.get(path)).status_code for path in paths]
        assert seen == [200 if number in left else 404 for number in numbers]


@pytest.mark.parametrize(
    ("workers", "shared", "warnings"), [(2, False, 1), (2, True, 0), (1, False, 0)]
)
async def test_several_workers_without_a_shared_cache_log_a_warning(
    settings: Settings,
    redis_server: RedisProcess,
    caplog: pytest.LogCaptureFixture,
    workers: int,
    shared: bool,
    warnings: int,
) -> None:
    redis_url = redis_server.url if shared else None
    update = {"workers": workers, "redis_url": redis_url, "cache_seconds": 60}
    async with client_of(create_app(settings.model_copy(update=update))) as client:
        for _ in range(3):
            assert (await client.get("/api/categories")).status_code == 200
    messages = [one.getMessage() for one in caplog.records if one.name == "app.shop.budget"]
    assert len(messages) == warnings
    if messages:
        assert messages[0].startswith("2 workers without REDIS_URL")
        assert "60 seconds" in messages[0]
