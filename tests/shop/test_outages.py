"""Servers that are killed, servers that hang, a cache that is empty, a flood of logins: what fails
meanwhile says so, what can go on goes on, and what was acknowledged is there."""

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
from tests.shop.mortal_postgres import MortalPostgres, running_postgres
from tests.shop.test_errors import assert_problem
from tests.shop.traffic import Ask, ask_once, open_client, traffic
from tests.shop.writing import own_database, wait_for_locks

HEADERS = bearer(1, "catalog:write", "community:write", "orders:write")
NUMBERS = count(1)
LINES = 3


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with own_database() as url:
        yield url


@pytest.fixture
def mortal_postgres() -> Iterator[MortalPostgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def mortal_redis() -> Iterator[RedisProcess]:
    with running_redis() as server:
        yield server


# PostgreSQL


async def order(client: httpx.AsyncClient) -> httpx.Response:
    lines = [{"product_id": number, "quantity": number} for number in range(1, 1 + LINES)]
    return await client.post("/api/orders", json={"lines": lines}, headers=HEADERS)


async def comment(client: httpx.AsyncClient) -> httpx.Response:
    body = {"body": f"Outage {next(NUMBERS)}"}
    return await client.post("/api/posts/1/comments", json=body, headers=HEADERS)


def read(path: str) -> Ask:
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


async def written(database: Database) -> tuple[dict[int, int], Counter[str]]:
    """How many lines each of our orders has, and our comments."""
    orders = """
        SELECT orders.id, count(order_lines.id) AS lines FROM orders
        LEFT JOIN order_lines ON order_lines.order_id = orders.id
        WHERE number LIKE 'W%' GROUP BY orders.id
    """
    async with database.reading() as session:
        lines = {order.id: order.lines for order in await session.execute(text(orders))}
        bodies = await session.scalars(text("SELECT body FROM comments WHERE body LIKE 'Outage %'"))
        return lines, Counter(bodies)


async def assert_all_there(settings: Settings, acknowledged: list[Any], unknown: int) -> None:
    """What was acknowledged is there, once and whole. What was not may be there, or not: who asks
    is not told when the connection breaks during COMMIT."""
    database = open_database(settings)
    orders, comments = await written(database)
    await database.close()
    placed = {one["id"] for one in acknowledged if "lines" in one}
    said = {one["body"] for one in acknowledged if "body" in one}
    assert placed
    assert said
    assert placed <= orders.keys()
    assert said <= comments.keys()
    assert set(orders.values()) == {LINES}
    assert set(comments.values()) == {1}
    assert len(orders) + len(comments) - len(placed) - len(said) <= unknown


async def kill(server: MortalPostgres) -> None:
    await asyncio.to_thread(server.kill)


async def freeze(server: MortalPostgres) -> None:
    await asyncio.to_thread(server.freeze)


async def start(server: MortalPostgres) -> None:
    await server.start()


async def thaw(server: MortalPostgres) -> None:
    server.thaw()


Act = Callable[[MortalPostgres], Awaitable[None]]


@pytest.mark.slow
@pytest.mark.parametrize(("begin", "end"), [(kill, start), (freeze, thaw)])
async def test_postgresql_goes_and_comes_back(
    mortal_postgres: MortalPostgres, begin: Act, end: Act
) -> None:
    """In the middle of reads and writes, several times, under a shop that is never restarted."""
    settings = Settings(
        database_url=mortal_postgres.database_url, pool_size=4, pool_timeout=1, request_timeout=2
    )
    with serve(create_app(settings)) as url:
        async with traffic(url, *WRITERS, *READERS) as seen:
            for _ in range(2):
                await seen.see(100, 200)
                await seen.see(40, 201)
                await begin(mortal_postgres)
                await seen.see(30, 503)
                await end(mortal_postgres)
                await seen.see_only(100, 200, 201)
        acknowledged = [answer.json() for answer in seen.all(201)]
        async with open_client(url) as client:
            for one in [one for one in acknowledged if "lines" in one][-30:]:
                assert (await client.get(f"/api/orders/{one['id']}")).json() == one
    assert {answer.status_code for answer in seen.answers} == {200, 201, 503}
    for answer in seen.all(503):
        assert answer.request.url.path != "/healthz"
        assert_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
    await assert_all_there(settings, acknowledged, len(seen.all(503)))


# Redis


class Shop:
    """Served, with a cache in a Redis of its own, and with its work counted."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.url = url
        self.ledger = ledger


@pytest.fixture
def shop(settings: Settings, mortal_redis: RedisProcess) -> Iterator[Shop]:
    install_taps()
    ledger = Ledger()
    cache = RedisCache(mortal_redis.url, "outages:", 1000, timeout=0.2, pause=0.05)
    with serve(Observed(create_app(settings, cache=cache), ledger)) as url:
        yield Shop(url, ledger)


class Price:
    """That of one product, which only rises."""

    def __init__(self) -> None:
        self.acknowledged = 0

    async def rise(self, client: httpx.AsyncClient, times: int) -> None:
        for _ in range(times):
            body = {"price": self.acknowledged + 1}
            answer = await client.patch("/api/products/1", json=body, headers=HEADERS)
            assert answer.status_code == 200, answer.text
            self.acknowledged += 1

    async def read(self, client: httpx.AsyncClient) -> httpx.Response:
        """Nothing that was acknowledged when we ask may be missing from the answer."""
        at_least = self.acknowledged
        answer = await client.get("/api/products/1")
        if answer.is_success:
            assert float(answer.json()["price"]) >= at_least
        return answer


def found(server: RedisProcess) -> int:
    """How many keys that were asked for were there, since Redis started."""
    with server.client() as client:
        stats = client.info("stats")
    assert isinstance(stats, dict)
    return int(stats["keyspace_hits"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["killed", "frozen"])
async def test_redis_goes_and_comes_back(shop: Shop, mortal_redis: RedisProcess, kind: str) -> None:
    """Nobody notices but those who count: and no answer is older than what was acknowledged."""
    begin = mortal_redis.kill if kind == "killed" else mortal_redis.freeze
    end = mortal_redis.start if kind == "killed" else mortal_redis.thaw
    price = Price()
    readers = [price.read] * 6 + [read("/api/products?limit=5"), read("/api/orders?limit=5")]
    async with open_client(shop.url) as writer, traffic(shop.url, *readers) as seen:
        for _ in range(2):
            await price.rise(writer, 5)
            await seen.see(50, 200)
            begin()
            await seen.see(50, 200)
            await price.rise(writer, 5)
            await seen.see(50, 200)
            await asyncio.to_thread(end)
            hits = found(mortal_redis)

            async def found_again(hits: int = hits) -> bool:
                return found(mortal_redis) > hits + 200

            await eventually(found_again)
    assert {answer.status_code for answer in seen.answers} == {200}
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


# An empty cache


class Counted:
    """How many requests are being answered."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.now += scope["type"] == "http"
        try:
            await self.app(scope, receive, send)
        finally:
            self.now -= scope["type"] == "http"


@pytest.mark.parametrize("where", ["memory", "redis"])
async def test_two_hundred_who_miss_at_once_are_one_statement(
    settings: Settings, database: Database, mortal_redis: RedisProcess, where: str
) -> None:
    """The others wait for the one, which here waits for a lock until all of them are there."""
    settings = settings.model_copy(
        update={"redis_url": mortal_redis.url if where == "redis" else None}
    )
    install_taps()
    ledger = Ledger()
    counted = Counted(Observed(create_app(settings), ledger))
    with serve(counted) as url:
        async with database.engine.connect() as other:
            await other.execute(text("LOCK TABLE products"))
            product = read("/api/products/7")
            asked = [asyncio.create_task(ask_once(url, product)) for _ in range(200)]
            await wait_for_locks(database, 1)

            async def all_there() -> bool:
                return counted.now == 200

            await eventually(all_there)
            await other.rollback()
        answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (ledger.total.requests, ledger.total.statements) == (200, 1)


# A flood of logins


def log_in(email: str, password: str) -> Ask:
    body = {"email": email, "password": password}
    return lambda client: client.post("/api/auth/login", json=body)


@pytest.mark.slow
async def test_others_are_answered_during_a_flood_of_logins(settings: Settings) -> None:
    """Few passwords are checked at a time and few wait, so that most of a flood is refused."""
    flood = [log_in(f"nobody-{number}@example.com", "x") for number in range(299)]
    flood.append(log_in("test@example.com", "wrong"))
    others = (read("/api/users/1"), read("/api/products/1"), read("/readyz"))
    # More than are let in at a time would be refused, whatever they ask for.
    settings = settings.model_copy(update={"max_requests": 1000})
    with serve(create_app(settings)) as url:
        async with traffic(url, *others) as seen:
            await seen.see(10, 200)
            before = len(seen.answers)
            answers = await asyncio.gather(*(ask_once(url, login) for login in flood))
            during = len(seen.answers) - before
            right = await ask_once(url, log_in("test@example.com", "testpass123"))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() == {401, 503}
    assert right.status_code == 200
    assert {answer.status_code for answer in seen.answers} == {200}
    assert during > 10 * statuses[401]
