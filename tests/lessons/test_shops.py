"""The shop from lesson to lesson: the same answers on every rung, and less work than before."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.lab.exchange import exchange
from app.lab.ladder import rungs
from app.lab.log_in import log_in
from app.lab.server import Server
from app.lab.services import connect
from app.lessons.evidence import Work
from app.lessons.lesson import stages
from app.lessons.shops import Before, before, shop_after, shop_before, stage_number
from app.shop.settings import Settings
from tests.shop.auth import bearer

READS = (
    "/api/products/17",
    "/api/products/0",
    "/api/products?limit=7&after=100",
    "/api/products?limit=5&category=3",
    "/api/products/search?q=heart%20red&limit=9",
    "/api/categories",
    "/api/categories/2/products?limit=3",
    "/api/orders?limit=20",
    "/api/orders/1000",
    "/api/posts?limit=20",
    "/api/posts/77",
    "/api/users?limit=20&after=40",
    "/api/users/41",
    "/api/me",
    "/api/dashboard",
    "/api/reports/sales",
    "/api/nothing",
)
CHANGING = [slug for slug in stages() if before(slug) != Before()]


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with connect("tests of the shops") as client:
        lease = client.lease()
        yield Settings(
            database_url=lease.database_url,
            redis_url=lease.redis_url,
            redis_prefix=lease.redis_prefix,
            pool_size=4,
        )


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[Server]:
    server = await asyncio.to_thread(Server, app)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


async def answers(url: str) -> dict[str, tuple[int, Any]]:
    """Status and body of every read, twice: the second may come from a cache."""
    seen = {}
    async with httpx.AsyncClient(base_url=url, headers=bearer(), timeout=30) as client:
        for path in READS:
            first, again = await client.get(path), await client.get(path)
            assert (first.status_code, first.content) == (again.status_code, again.content)
            seen[path] = first.status_code, first.json()
    return seen


def test_every_lesson_that_changes_the_shop_is_a_rung() -> None:
    assert rungs() == ("start_here", *CHANGING)
    assert {"pooling", "eager_loading", "memory_cache", "compression"} <= set(CHANGING)
    with pytest.raises(LookupError, match="The lessons are: start_here, measuring"):
        stage_number("no_such_lesson")


@pytest.mark.slow
async def test_every_rung_gives_the_same_answers(settings: Settings) -> None:
    async with served(shop_after(None, settings)) as finished:
        expected = await answers(finished.url)
    assert {status for status, _ in expected.values()} == {200, 404}
    for slug in rungs():
        own = settings.model_copy(update={"redis_prefix": f"{settings.redis_prefix}{slug}:"})
        async with served(shop_after(slug, own)) as server:
            seen = await answers(server.url)
        different = [path for path in READS if seen[path] != expected[path]]
        assert not different, f"after {slug}: {different}"


async def work(app: FastAPI, path: str, *, method: str = "GET", body: Any = None) -> Work:
    """The second of two equal requests."""
    async with served(app) as server:
        async with httpx.AsyncClient(base_url=server.url, headers=bearer()) as client:
            if method == "GET":
                await client.get(path)
            first = server.ledger.total
            answer = await client.request(method, path, json=body)
            assert answer.status_code < 300, answer.text
        await asyncio.sleep(0.05)
        return server.ledger.total - first


@pytest.mark.parametrize(
    ("slug", "path", "counter", "more", "less"),
    [
        ("pooling", "/api/products/1", "connections", 1, 0),
        ("pooling", "/api/products/1", "round_trips", 3, 1),
        ("eager_loading", "/api/orders?limit=20", "statements", 21, 1),
        ("memory_cache", "/api/products/1", "statements", 1, 0),
        ("serialization", "/api/users?limit=20", "statements", 3, 1),
    ],
)
async def test_a_lesson_takes_work_away(
    settings: Settings, slug: str, path: str, counter: str, more: int, less: int
) -> None:
    found, left = shop_before(slug, settings), shop_after(slug, settings)
    counts = [getattr(await work(app, path), counter) for app in (found, left)]
    if slug == "pooling":
        counts[0] = min(counts[0], more)  # a new connection asks its own questions, too
    assert counts == [more, less]


async def test_compression_takes_bytes_away(settings: Settings) -> None:
    plain, packed = [
        (await work(app, "/api/orders?limit=20")).response_bytes
        for app in (shop_before("compression", settings), shop_after("compression", settings))
    ]
    assert packed < plain / 3


async def test_bulk_insert_takes_statements_away(settings: Settings) -> None:
    def products(kind: str) -> list[dict[str, Any]]:
        return [
            {"sku": f"{kind}-{number}", "name": "A thing", "price": "1.00", "category_id": 1}
            for number in range(50)
        ]

    counts = []
    for kind, app in (
        ("one-by-one", shop_before("bulk_insert", settings)),
        ("copied", shop_after("bulk_insert", settings)),
    ):
        async with served(app) as server:
            async with httpx.AsyncClient(
                base_url=server.url, headers=bearer(1, "catalog:write"), timeout=30
            ) as client:
                answer = await client.post("/api/products/bulk", json=products(kind))
                assert answer.status_code == 201, answer.text
                assert answer.json()["count"] == 50
            await asyncio.sleep(0.05)
            counts.append(server.ledger.total.statements)
    assert counts[0] - counts[1] >= 40


async def test_the_shared_cache_hears_of_the_other_workers_writes(settings: Settings) -> None:
    if settings.redis_url is None:
        pytest.skip("There is no Redis on this machine.")

    async def second_worker_sees(make: Any, price: str) -> str:
        async with (
            served(make("redis_cache", settings)) as one,
            served(make("redis_cache", settings)) as other,
            httpx.AsyncClient(base_url=one.url) as writer,
            httpx.AsyncClient(base_url=other.url) as reader,
        ):
            await reader.get("/api/products/9")
            await writer.patch(
                "/api/products/9", json={"price": price}, headers=bearer(1, "catalog:write")
            )
            return str((await reader.get("/api/products/9")).json()["price"])

    assert await second_worker_sees(shop_before, "71.00") != "71.00"
    assert await second_worker_sees(shop_after, "72.00") == "72.00"


async def test_parallel_queries_use_connections_at_the_same_time(settings: Settings) -> None:
    peaks = []
    for app in (
        shop_before("parallel_queries", settings),
        shop_after("parallel_queries", settings),
    ):
        async with served(app) as server:
            async with httpx.AsyncClient(base_url=server.url, headers=bearer()) as client:
                assert (await client.get("/api/dashboard")).status_code == 200
            peaks.append(server.ledger.peak_connections)
    # Besides the one that start-up has opened.
    assert peaks == [0, 3]


async def test_streaming_begins_before_the_whole_is_there(settings: Settings) -> None:
    lengths = []
    for app in (shop_before("streaming", settings), shop_after("streaming", settings)):
        async with (
            served(app) as server,
            httpx.AsyncClient(base_url=server.url, timeout=60) as client,
            client.stream("GET", "/api/export/order-lines") as answer,
        ):
            assert answer.status_code == 200
            lengths.append("content-length" in answer.headers)
            first = await anext(answer.aiter_lines())
            assert json.loads(first)["order_number"]
    assert lengths == [True, False]


async def test_the_test_account_can_log_in(settings: Settings) -> None:
    async with served(shop_after(None, settings)) as server:
        token = await log_in(server.url)
        seen = await exchange(server, "/api/products/1")
    assert token.count(".") == 2
    assert seen.status == 200
