"""What the memory cache saves, counted: statements; and what the trial of the exercise finds."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Collection
from importlib.resources import files

import pytest
from cachetools import TTLCache

from app.course.kinds.cache import OpenCache
from app.lessons.memory_cache.keeping import MAX_BYTES
from app.lessons.memory_cache.trial import trial
from app.lessons.memory_cache.usual import UsualCache
from app.lessons.memory_cache.valid import FUTURES, LOCKS, ONE_COUNT, TWO_HALVES
from app.shop.cache import Make, MemoryCache, NoCache
from app.shop.settings import Settings
from tests.course.rungs import client_of
from tests.lessons.costs import Pairs, costs


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
def test_a_cache_hit_takes_no_statement(pair_of: Pairs, path: str, statements: int) -> None:
    before, after = costs(pair_of("memory_cache"), path)
    assert (before.work.statements, after.work.statements) == (statements, 0)


def test_nothing_is_cached_before_the_lesson(pair_of: Pairs) -> None:
    before, after = pair_of("memory_cache")
    for server in before, after:
        with client_of(server) as client:
            assert client.get("/api/products/2").status_code == 200
    assert isinstance(before.app.state.cache, NoCache)
    assert not before.app.state.url_cache.responses
    assert after.app.state.url_cache.responses


@pytest.fixture
def settings(settings_without_redis: Settings) -> Settings:
    return settings_without_redis


async def tried(cache: OpenCache, settings: Settings) -> str:
    """What the trial says about a cache; empty if it finds no fault."""
    fault = (await trial(cache, settings))["fault"]
    return fault.message if fault else ""


async def test_the_trial_accepts_the_shops_own_cache(settings: Settings) -> None:
    def finished(settings: Settings) -> MemoryCache:
        return MemoryCache(settings.cache_seconds, max_bytes=MAX_BYTES)

    assert await tried(finished, settings) == ""


async def test_the_trial_finds_a_budget_that_is_too_large(settings: Settings) -> None:
    assert "the budget is 1,000,000" in await tried(
        lambda settings: MemoryCache(settings.cache_seconds), settings
    )


async def test_the_trial_finds_a_budget_that_is_hardly_used(settings: Settings) -> None:
    assert "expected all, since the budget is 1,000,000" in await tried(
        lambda settings: MemoryCache(settings.cache_seconds, max_bytes=200_000), settings
    )


@pytest.mark.parametrize(
    ("cache", "says"),
    [
        (lambda _: NoCache(), "It was called 32 times; expected once"),
        (UsualCache, "`None`. It was"),
    ],
)
async def test_the_trial_finds_what_is_not_kept(
    cache: OpenCache, says: str, settings: Settings
) -> None:
    assert says in await tried(cache, settings)


@pytest.mark.parametrize("source", [LOCKS, FUTURES, ONE_COUNT, TWO_HALVES])
async def test_the_trial_accepts_other_designs(source: str, settings: Settings) -> None:
    namespace = {
        "asyncio": asyncio,
        "Counter": Counter,
        "OrderedDict": OrderedDict,
        "TTLCache": TTLCache,
        "MAX_BYTES": MAX_BYTES,
    }
    exec(source, namespace)
    assert await tried(namespace["MyCache"], settings) == ""  # type: ignore[arg-type]


async def test_what_never_returns_is_given_up(settings: Settings) -> None:
    class Stuck(MemoryCache):
        """Whoever comes while another one waits never returns."""

        waiting = False

        async def get_or_make(self, key: str, tags: Collection[str], make: Make) -> bytes | None:
            if self.waiting:
                await asyncio.Event().wait()
            self.waiting = True
            try:
                return await super().get_or_make(key, tags, make)
            finally:
                self.waiting = False

    says = await tried(lambda settings: Stuck(settings.cache_seconds), settings)
    assert "some never return" in says


async def test_every_cache_of_the_trial_is_closed(settings: Settings) -> None:
    open_now = 0

    class Counted(MemoryCache):
        def __init__(self, settings: Settings) -> None:
            super().__init__(settings.cache_seconds, max_bytes=MAX_BYTES)
            nonlocal open_now
            open_now += 1

        async def close(self) -> None:
            await super().close()
            nonlocal open_now
            open_now -= 1

    assert await tried(Counted, settings) == ""
    assert open_now == 0


def test_the_budget_in_the_exercise_is_the_one_that_is_checked() -> None:
    text = files("app.lessons").joinpath("memory_cache", "exercise.md").read_text(encoding="utf-8")
    assert f"MAX_BYTES = {MAX_BYTES:_}\n" in text
