"""Killed servers, frozen servers, a cold cache, a flood of logins: requests that cannot be served
get a 503, all others are served, and every acknowledged write is stored."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.types import Receive, Scope, Send

from app.lab.wire import Ledger, Observed, install_taps
from app.shop import create_app
from app.shop.cache.redis import RedisCache
from app.shop.database import Database, open_database
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.cache.conftest import eventually, running_redis
from tests.shop.cache.server import RedisProcess
from tests.shop.edge.serving import serve
from tests.shop.postgres_process import PostgresProcess, running_postgres
from tests.shop.test_errors import assert_problem
from tests.shop.traffic import SendRequest, open_client, send_once, traffic
from tests.shop.writing import private_database, wait_for_locks

HEADERS = bearer(1, "catalog:write", "community:write", "orders:write")
NUMBERS = count(1)
LINES = 3


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


@pytest.fixture
def disposable_postgres() -> Iterator[PostgresProcess]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def disposable_redis() -> Iterator[RedisProcess]:
    with running_redis() as server:
        yield server


# PostgreSQL


async def order(client: httpx.AsyncClient) -> httpx.Response:
    lines = [{"product_id": number, "quantity": number} for number in range(1, 1 + LINES)]
    return await client.post("/api/orders", json={"lines": lines}, headers=HEADERS)


async def comment(client: httpx.AsyncClient) -> httpx.Response:
    body = {"body": f"Outage {next(NUMBERS)}"}
    return await client.post("/api/posts/1/comments", json=body, headers=HEADERS)


def read(path: str) -> SendRequest:
    return lambda client: client.get(path, headers=HEADERS)


WRITERS = [order] * 8 + [comment] * 4
READERS = [
    read(path)
    for path in (
        "/readyz",
        "/api/orders?limit=20",
        "/api/posts/1",
        "/api/users/1",
        "/api/products/2",
        "/api/me",
        "/api/dashboard",
        "/healthz",
    )
]


async def stored_writes(database: Database) -> tuple[dict[int, int], Counter[str]]:
    """The number of lines of each order placed by the test, and the comments of the test."""
    orders = """
        SELECT orders.id, count(order_lines.id) AS lines FROM orders
        LEFT JOIN order_lines ON order_lines.order_id = orders.id
        WHERE number LIKE 'W%' GROUP BY orders.id
    """
    async with database.reading() as session:
        lines = {order.id: order.lines for order in await session.execute(text(orders))}
        bodies = await session.scalars(text("SELECT body FROM comments WHERE body LIKE 'Outage %'"))
        return lines, Counter(bodies)


async def assert_durable(settings: Settings, acknowledged: list[Any], unknown: int) -> None:
    """Every acknowledged write is stored once and completely. Of the others, up to ``unknown`` may
    be stored as well: if the connection is lost during COMMIT, the client cannot know."""
    database = open_database(settings)
    orders, comments = await stored_writes(database)
    await database.close()
    placed = {one["id"] for one in acknowledged if "lines" in one}
    commented = {one["body"] for one in acknowledged if "body" in one}
    assert placed
    assert commented
    assert placed <= orders.keys()
    assert commented <= comments.keys()
    assert set(orders.values()) == {LINES}
    assert set(comments.values()) == {1}
    assert len(orders) + len(comments) - len(placed) - len(commented) <= unknown


async def kill(server: PostgresProcess) -> None:
    await asyncio.to_thread(server.kill)


async def freeze(server: PostgresProcess) -> None:
    await asyncio.to_thread(server.freeze)


async def start(server: PostgresProcess) -> None:
    await server.start()


async def thaw(server: PostgresProcess) -> None:
    server.thaw()


Action = Callable[[PostgresProcess], Awaitable[None]]


@pytest.mark.slow
@pytest.mark.parametrize(("begin", "end"), [(kill, start), (freeze, thaw)])
async def test_an_outage_of_postgresql_loses_no_acknowledged_write(
    disposable_postgres: PostgresProcess, begin: Action, end: Action
) -> None:
    """There are several outages during reads and writes, and the shop is never restarted."""
    settings = Settings(
        database_url=disposable_postgres.database_url,
        pool_size=4,
        pool_timeout=1,
        request_timeout=2,
    )
    with serve(create_app(settings)) as url:
        async with traffic(url, *WRITERS, *READERS) as seen:
            for _ in range(2):
                await seen.wait_for(100, 200)
                await seen.wait_for(40, 201)
                await begin(disposable_postgres)
                await seen.wait_for(30, 503)
                await end(disposable_postgres)
                await seen.wait_for_only(100, 200, 201)
        acknowledged = [response.json() for response in seen.with_status(201)]
        async with open_client(url) as client:
            for one in [one for one in acknowledged if "lines" in one][-30:]:
                assert (await client.get(f"/api/orders/{one['id']}")).json() == one
    assert {response.status_code for response in seen.responses} == {200, 201, 503}
    for response in seen.with_status(503):
        assert response.request.url.path != "/healthz"
        assert_problem(response, 503)
        assert int(response.headers["retry-after"]) > 0
    await assert_durable(settings, acknowledged, len(seen.with_status(503)))


# Redis


class Shop:
    """A running shop with its own Redis, whose work is counted."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.url = url
        self.ledger = ledger


@pytest.fixture
def shop(settings: Settings, disposable_redis: RedisProcess) -> Iterator[Shop]:
    install_taps()
    ledger = Ledger()
    cache = RedisCache(disposable_redis.url, "outages:", 1000, timeout=0.2, pause=0.05)
    with serve(Observed(create_app(settings, cache=cache), ledger)) as url:
        yield Shop(url, ledger)


class Price:
    """The price of one product, which only increases."""

    def __init__(self) -> None:
        self.acknowledged = 0

    async def increase(self, client: httpx.AsyncClient, times: int) -> None:
        for _ in range(times):
            body = {"price": self.acknowledged + 1}
            response = await client.patch("/api/products/1", json=body, headers=HEADERS)
            assert response.status_code == 200, response.text
            self.acknowledged += 1

    async def read(self, client: httpx.AsyncClient) -> httpx.Response:
        """The response must include every change that was acknowledged before the request."""
        at_least = self.acknowledged
        response = await client.get("/api/products/1")
        if response.is_success:
            assert float(response.json()["price"]) >= at_least
        return response


def keyspace_hits(server: RedisProcess) -> int:
    """The number of keys that Redis has found since it started."""
    with server.client() as client:
        stats = client.info("stats")
    assert isinstance(stats, dict)
    return int(stats["keyspace_hits"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["killed", "frozen"])
async def test_an_outage_of_redis_causes_no_error_and_no_stale_response(
    shop: Shop, disposable_redis: RedisProcess, kind: str
) -> None:
    """No request fails, and no response is older than the last acknowledged change."""
    begin = disposable_redis.kill if kind == "killed" else disposable_redis.freeze
    end = disposable_redis.start if kind == "killed" else disposable_redis.thaw
    price = Price()
    readers = [price.read] * 6 + [read("/api/products?limit=5"), read("/api/orders?limit=5")]
    async with open_client(shop.url) as writer, traffic(shop.url, *readers) as seen:
        for _ in range(2):
            await price.increase(writer, 5)
            await seen.wait_for(50, 200)
            begin()
            await seen.wait_for(50, 200)
            await price.increase(writer, 5)
            await seen.wait_for(50, 200)
            await asyncio.to_thread(end)
            hits = keyspace_hits(disposable_redis)

            async def has_more_hits(hits: int = hits) -> bool:
                return keyspace_hits(disposable_redis) > hits + 200

            await eventually(has_more_hits)
    assert {response.status_code for response in seen.responses} == {200}
    await assert_cached(shop)


async def assert_cached(shop: Shop) -> None:
    async with open_client(shop.url) as client:
        for path in ("/api/products/1", "/api/products?limit=5"):
            await client.get(path)
        await client.get("/healthz")
        before = shop.ledger.total
        for path in ("/api/products/1", "/api/products?limit=5") * 10:
            await client.get(path)
        await client.get("/healthz")
    work = shop.ledger.total - before
    assert work.statements == 0
    assert work.redis_commands >= 20


# A cold cache


class InProgress:
    """Middleware that counts the requests in progress."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.count += scope["type"] == "http"
        try:
            await self.app(scope, receive, send)
        finally:
            self.count -= scope["type"] == "http"


@pytest.mark.parametrize("where", ["memory", "redis"])
async def test_two_hundred_concurrent_misses_take_one_statement(
    settings: Settings, database: Database, disposable_redis: RedisProcess, where: str
) -> None:
    """All of them wait for one query, which a lock blocks until all of them have arrived."""
    settings = settings.model_copy(
        update={"redis_url": disposable_redis.url if where == "redis" else None}
    )
    install_taps()
    ledger = Ledger()
    in_progress = InProgress(Observed(create_app(settings), ledger))
    with serve(in_progress) as url:
        async with database.engine.connect() as other:
            await other.execute(text("LOCK TABLE products"))
            product = read("/api/products/7")
            requests = [asyncio.create_task(send_once(url, product)) for _ in range(200)]
            await wait_for_locks(database, 1)

            async def all_arrived() -> bool:
                return in_progress.count == 200

            await eventually(all_arrived)
            await other.rollback()
        responses = await asyncio.gather(*requests)
    assert {response.status_code for response in responses} == {200}
    assert len({response.content for response in responses}) == 1
    assert (ledger.total.requests, ledger.total.statements) == (200, 1)


# A flood of logins


def log_in(email: str, password: str) -> SendRequest:
    body = {"email": email, "password": password}
    return lambda client: client.post("/api/auth/login", json=body)


@pytest.mark.slow
async def test_other_requests_are_served_during_a_flood_of_logins(settings: Settings) -> None:
    """Few passwords are verified at a time and few wait, so most of the flood is rejected."""
    flood = [log_in(f"nobody-{number}@example.com", "x") for number in range(299)]
    flood.append(log_in("test@example.com", "wrong"))
    others = (read("/api/users/1"), read("/api/products/1"), read("/readyz"))
    # Otherwise, load shedding would reject requests of any kind.
    settings = settings.model_copy(update={"max_requests": 1000})
    with serve(create_app(settings)) as url:
        async with traffic(url, *others) as seen:
            await seen.wait_for(10, 200)
            before = len(seen.responses)
            responses = await asyncio.gather(*(send_once(url, login) for login in flood))
            during = len(seen.responses) - before
            right = await send_once(url, log_in("test@example.com", "testpass123"))
    statuses = Counter(response.status_code for response in responses)
    assert statuses.keys() == {401, 503}
    assert right.status_code == 200
    assert {response.status_code for response in seen.responses} == {200}
    assert during > 10 * statuses[401]
