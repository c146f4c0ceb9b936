"""The shop from lesson to lesson: what each of them takes away, counted."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from app.course.catalogue import stages
from app.course.overlay import Overlay, overlay_of
from app.course.shops import shop_after, shop_before, stage_number
from app.course.work import Work
from app.lab.serving.exchange import exchange
from app.lab.serving.log_in import log_in
from app.lab.serving.server import Server
from app.shop.cache import NoCache
from app.shop.settings import Settings
from tests.course.rungs import SHOPS, client_of, leased, shop, work_of

CHANGING = [slug for slug in stages() if overlay_of(slug) != Overlay()]


@pytest.fixture(scope="module")
def shared() -> Iterator[Settings]:
    with leased() as settings:
        yield settings


def without_redis(settings: Settings) -> Settings:
    """So that no shop finds what another has stored."""
    return settings.model_copy(update={"redis_url": None})


@pytest.fixture
def settings(shared: Settings) -> Settings:
    return without_redis(shared)


def test_every_lesson_that_changes_the_shop_is_a_rung() -> None:
    assert ("start_here", *CHANGING, "finished") == SHOPS
    changing = "pooling eager_loading bulk_insert memory_cache redis_cache parallel_queries"
    assert f"{changing} compression serialization streaming" == " ".join(CHANGING)
    with pytest.raises(LookupError, match="The lessons are: start_here, measuring"):
        stage_number("no_such_lesson")


@pytest.mark.parametrize("after", SHOPS)
def test_every_shop_has_the_same_description(after: str, settings: Settings) -> None:
    """No warning of an operation that is there twice, either."""
    assert shop(after, settings).openapi() == shop("finished", settings).openapi()


class Cost(NamedTuple):
    work: Work
    objects: int
    """Entities that were made of rows."""
    answer: Any


@contextmanager
def counted_objects() -> Iterator[list[object]]:
    made: list[object] = []

    def note(entity: object, _: object) -> None:
        made.append(entity)

    event.listen(Mapper, "load", note)
    try:
        yield made
    finally:
        event.remove(Mapper, "load", note)


Pair = tuple[Server, Server]
"""The shop as a lesson finds it, and as it leaves it."""
Pairs = Callable[[str], Pair]


@pytest.fixture(scope="module")
def pair_of(shared: Settings) -> Iterator[Pairs]:
    settings = without_redis(shared)
    with ExitStack() as stack:

        @cache
        def serve(slug: str) -> Pair:
            found = Server(shop_before(slug, settings))
            left = Server(shop_after(slug, settings))
            return stack.enter_context(found), stack.enter_context(left)

        yield serve


def cost(server: Server, path: str, *, warm: bool) -> Cost:
    with client_of(server) as client, counted_objects() as made:
        # Either way the connection is open.
        client.get(path if warm else "/api/users/2")
        made.clear()
        answers = []

        def request() -> httpx.Response:
            answers.append(client.get(path))
            return answers[0]

        work = work_of(server, request)
    return Cost(work, len(made), answers[0].json())


def costs(pair: Pair, path: str, *, warm: bool = True) -> tuple[Cost, Cost]:
    """What a read costs before and after a lesson: the second of two equal requests, or with
    ``warm=False`` the first, which no cache knows."""
    found, left = (cost(server, path, warm=warm) for server in pair)
    assert found.answer == left.answer
    return found, left


@pytest.mark.parametrize("path", ["/api/products/1", "/api/orders/1000", "/api/me"])
def test_pooling_takes_connections_and_round_trips_away(pair_of: Pairs, path: str) -> None:
    found, left = costs(pair_of("pooling"), path)
    assert (found.work.connections, left.work.connections) == (1, 0)
    # BEGIN and ROLLBACK; a new connection has to prepare each statement, too.
    assert found.work.round_trips >= left.work.round_trips + 2
    assert left.work.round_trips == left.work.statements


def people_of(post: dict[str, Any]) -> set[int]:
    return {post["author"]["id"], *(comment["author"]["id"] for comment in post["comments"])}


def test_eager_loading_takes_statements_away(pair_of: Pairs) -> None:
    found, left = costs(pair_of("eager_loading"), "/api/orders?limit=20")
    assert (found.work.statements, left.work.statements) == (21, 2)
    found, left = costs(pair_of("eager_loading"), "/api/users?limit=20")
    assert (found.work.statements, left.work.statements) == (41, 3)
    found, left = costs(pair_of("eager_loading"), "/api/posts?limit=20")
    people: set[int] = set().union(*map(people_of, found.answer))
    assert (found.work.statements, left.work.statements) == (21 + len(people), 2)
    found, left = costs(pair_of("eager_loading"), "/api/posts/77")
    assert (found.work.statements, left.work.statements) == (2 + len(people_of(found.answer)), 2)


def test_bulk_insert_takes_statements_away(settings: Settings) -> None:
    def added(app: FastAPI, kind: str, count: int) -> Work:
        products = [
            {"sku": f"{kind}-{number}", "name": "A thing", "price": "1.00", "category_id": 1}
            for number in range(count)
        ]
        with Server(app) as server, client_of(server, "catalog:write") as client:
            client.post("/api/products/bulk", json=[products.pop()])
            return work_of(server, lambda: client.post("/api/products/bulk", json=products))

    one_by_one = added(shop_before("bulk_insert", settings), "single", 51)
    few = added(shop_after("bulk_insert", settings), "few", 51)
    many = added(shop_after("bulk_insert", settings), "many", 501)
    assert one_by_one.statements == 50
    assert (few.statements, few.round_trips) == (many.statements, many.round_trips)
    assert few.statements <= 2
    assert few.round_trips < 10


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/api/products/1", 1),
        ("/api/products?limit=20", 1),
        ("/api/products/search?q=heart", 1),
        ("/api/categories", 1),
        ("/api/categories/1/products", 2),
        ("/api/orders?limit=20", 2),
        ("/api/orders/1000", 2),
        ("/api/posts?limit=20", 2),
        ("/api/posts/77", 2),
        ("/api/users?limit=20", 3),
        ("/api/reports/sales?country=Iceland", 1),
    ],
)
def test_the_cache_takes_statements_away(pair_of: Pairs, path: str, statements: int) -> None:
    found, left = costs(pair_of("memory_cache"), path)
    assert (found.work.statements, left.work.statements) == (statements, 0)


def test_until_then_nothing_is_kept(pair_of: Pairs) -> None:
    found, left = pair_of("memory_cache")
    for server in found, left:
        with client_of(server) as client:
            assert client.get("/api/products/2").status_code == 200
    assert isinstance(found.app.state.cache, NoCache)
    assert not found.app.state.remembered.responses
    assert left.app.state.remembered.responses


@pytest.fixture
def with_redis(shared: Settings) -> Settings:
    if shared.redis_url is None:
        pytest.skip("There is no Redis on this machine.")
    return shared


class SecondWorker(NamedTuple):
    """What one worker does after another has answered the same, and then changed it."""

    statements: int
    redis_commands: int
    price: str


def second_worker(make: Any, settings: Settings, price: str) -> SecondWorker:
    with (
        Server(make("redis_cache", settings)) as one,
        Server(make("redis_cache", settings)) as other,
        client_of(one, "catalog:write") as writer,
        client_of(other) as reader,
    ):
        writer.get("/api/products/9")
        work = work_of(other, lambda: reader.get("/api/products/9"))
        assert writer.patch("/api/products/9", json={"price": price}).status_code == 200
        seen = reader.get("/api/products/9").json()["price"]
    return SecondWorker(work.statements, work.redis_commands, seen)


def test_the_shared_cache_knows_what_other_workers_did(with_redis: Settings) -> None:
    alone = second_worker(shop_before, with_redis, "71.00")
    assert (alone.statements, alone.redis_commands) == (1, 0)
    assert alone.price != "71.00"
    together = second_worker(shop_after, with_redis, "72.00")
    assert together.statements == 0
    assert together.redis_commands >= 1
    assert together.price == "72.00"


def test_parallel_queries_use_connections_at_the_same_time(settings: Settings) -> None:
    def opened(app: FastAPI) -> int:
        with Server(app) as server, client_of(server) as client:
            work_of(server, lambda: client.get("/api/dashboard"))
            return server.ledger.peak_connections

    # Besides the one that start-up has opened.
    assert opened(shop_before("parallel_queries", settings)) == 0
    assert opened(shop_after("parallel_queries", settings)) == 3


def test_compression_takes_bytes_away(pair_of: Pairs) -> None:
    found, left = costs(pair_of("compression"), "/api/orders?limit=20")
    assert left.work.response_bytes < found.work.response_bytes / 3


def objects_of_orders(orders: list[dict[str, Any]]) -> int:
    lines = [line for order in orders for line in order["lines"]]
    return len(orders) + len(lines) + len({line["product"]["id"] for line in lines})


def objects_of_posts(posts: list[dict[str, Any]]) -> int:
    comments = [comment for post in posts for comment in post["comments"]]
    people: set[int] = set().union(*map(people_of, posts))
    return len(posts) + len(comments) + len(people) + len({post["product"]["id"] for post in posts})


def objects_of_users(users: list[dict[str, Any]]) -> int:
    return sum(1 + len(user["posts"]) + len(user["comments"]) for user in users)


@pytest.mark.parametrize(
    ("path", "objects", "statements"),
    [
        ("/api/products/1", lambda _: 1, 1),
        ("/api/products?limit=20", lambda _: 21, 1),
        ("/api/products/search?q=heart&limit=9", len, 1),
        ("/api/categories/1/products?limit=20", lambda _: 22, 2),
        ("/api/orders?limit=20", objects_of_orders, 2),
        ("/api/orders/1000", lambda order: objects_of_orders([order]), 2),
        ("/api/posts?limit=20", objects_of_posts, 2),
        ("/api/posts/77", lambda post: objects_of_posts([post]), 2),
        ("/api/users?limit=20", objects_of_users, 3),
        ("/api/users/41", lambda user: objects_of_users([user]), 3),
        ("/api/me", lambda _: 1, 1),
    ],
)
def test_serialization_takes_objects_away(
    pair_of: Pairs, path: str, objects: Any, statements: int
) -> None:
    """The first read, so that the cache does not have it yet."""
    found, left = costs(pair_of("serialization"), path, warm=False)
    assert found.objects == objects(found.answer)
    assert left.objects == 0
    assert (found.work.statements, left.work.statements) == (statements, 1)
    assert left.work.rows == 1


def test_serialization_takes_rows_away_where_there_are_no_objects(pair_of: Pairs) -> None:
    report = "/api/reports/sales?country=Iceland"
    found, left = costs(pair_of("serialization"), report, warm=False)
    # A row for each of its two parts is left: of the months that are over, and of the current one.
    assert (found.work.rows, left.work.rows) == (len(found.answer), 2)
    found, left = costs(pair_of("serialization"), "/api/dashboard")
    assert (found.work.statements, left.work.statements) == (7, 4)
    assert (found.objects > 20, left.objects) == (True, 0)


class Transfer(NamedTuple):
    size: int
    """Bytes of the whole answer."""
    peak: int
    """Bytes of memory, at most, that server and client took in the meantime."""
    tells_length: bool


def transfer(server: Server, path: str) -> Transfer:
    with client_of(server) as client:
        plain = {"Accept-Encoding": "identity"}
        client.get(path, headers=plain)
        tracemalloc.start()
        try:
            with client.stream("GET", path, headers=plain) as answer:
                assert answer.status_code == 200
                size = sum(len(chunk) for chunk in answer.iter_bytes())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return Transfer(size, peak, "content-length" in answer.headers)


def test_streaming_takes_memory_away(pair_of: Pairs) -> None:
    germany = "/api/export/order-lines?country=Germany"
    found, left = (transfer(server, germany) for server in pair_of("streaming"))
    assert (found.tells_length, left.tells_length) == (True, False)
    assert found.size == left.size > 1_500_000
    assert found.peak > 3 * found.size
    assert left.peak < found.peak / 3


async def test_the_test_account_can_log_in(settings: Settings) -> None:
    with Server(shop("finished", settings)) as server:
        token = await log_in(server.url)
        me = await exchange(server, "/api/me", token=token)
    assert me.answer["email"] == "test@example.com"
