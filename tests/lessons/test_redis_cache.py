"""What a cache that workers share removes: a second truth."""

from typing import Any, NamedTuple

from app.course.shops import shop_after, shop_before
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import client_of, work_of


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
