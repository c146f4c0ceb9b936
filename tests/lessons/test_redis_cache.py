"""What a cache shared by workers prevents: different responses from each worker."""

from typing import Any, NamedTuple

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.kinds.cache import OpenCache
from app.course.shops import shop_after, shop_before
from app.lab.serving.server import Server
from app.lessons.redis_cache import before
from app.lessons.redis_cache.check import FIRST_STEPS
from app.lessons.redis_cache.trial import trial
from app.shop.cache import open_cache
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


async def tried(opening: OpenCache, settings: Settings) -> tuple[Evidence, Refusal | None]:
    evidence = Evidence(opening, extra=await trial(opening, settings))
    return evidence, next((refusal for step in FIRST_STEPS if (refusal := step(evidence))), None)


async def test_the_finished_cache_passes_the_trial_with_one_command_a_drop(
    settings_with_redis: Settings,
) -> None:
    evidence, refusal = await tried(open_cache, settings_with_redis)
    assert refusal is None
    assert evidence.extra["drop_commands"] == ["DEL"]


async def test_the_cache_before_the_lesson_is_refused(settings_with_redis: Settings) -> None:
    _, refusal = await tried(before.open_cache, settings_with_redis)
    assert refusal is not None
    assert "the other did not find" in refusal.message
