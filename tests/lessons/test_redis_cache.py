"""What a cache shared by workers prevents: different responses from each worker."""

from typing import Any, NamedTuple

from app.course.shops import shop_after, shop_before
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import client_of, work_of


class SecondWorker(NamedTuple):
    """How one worker serves a product that another has served before and then changed."""

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


def test_a_shared_cache_has_the_entries_and_changes_of_other_workers(
    settings_with_redis: Settings,
) -> None:
    separate = second_worker(shop_before, settings_with_redis, "71.00")
    assert (separate.statements, separate.redis_commands) == (1, 0)
    assert separate.price != "71.00"
    shared = second_worker(shop_after, settings_with_redis, "72.00")
    assert shared.statements == 0
    assert shared.redis_commands >= 1
    assert shared.price == "72.00"
