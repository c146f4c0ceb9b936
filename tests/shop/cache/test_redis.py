"""The cache in Redis, measured by the server's command counts."""

import asyncio
import gc
import secrets
from collections.abc import Sequence

import pytest

from app.shop.cache.redis import RedisCache
from app.shop.cache.redis_store import Lookup, LookupResult
from tests.shop.cache.conftest import Maker, OpenRedis, eventually
from tests.shop.cache.server import RedisProcess


async def numbered(cache: RedisCache, numbers: range) -> list[bytes | None]:
    make = Maker()
    return await asyncio.gather(
        *(cache.get_or_make(f"key {number}", ["all", f"one:{number}"], make) for number in numbers)
    )


async def test_the_commands_of_a_miss_a_hit_and_a_drop(
    redis_server: RedisProcess, redis_cache: RedisCache
) -> None:
    make = Maker()

    async def get(key: str) -> None:
        await redis_cache.get_or_make(key, ["a", "b"], make)

    await redis_cache.get_or_make("connect", [], make)
    redis_server.reset_commands()

    await get("first")
    assert redis_server.commands() == {"mget": 2, "set": 3}, "two new generations, one entry"
    redis_server.reset_commands()
    await get("second")
    assert redis_server.commands() == {"mget": 1, "set": 1}, "a miss"
    redis_server.reset_commands()
    await get("second")
    assert redis_server.commands() == {"mget": 1}, "a hit"
    redis_server.reset_commands()
    await redis_cache.drop(["a", "b", "c"])
    assert redis_server.commands() == {"del": 1}, "a drop"


async def test_the_cost_of_a_drop_does_not_depend_on_the_number_of_entries(
    redis_server: RedisProcess, redis_cache: RedisCache
) -> None:
    await numbered(redis_cache, range(500))
    redis_server.reset_commands()
    await redis_cache.drop(["all"])
    assert redis_server.commands() == {"del": 1}
    make = Maker(1000)
    assert await redis_cache.get_or_make("key 7", ["all", "one:7"], make) == b"1001"


async def test_concurrent_lookups_share_a_round_trip(
    redis_server: RedisProcess, redis_cache: RedisCache
) -> None:
    first = await numbered(redis_cache, range(200))
    redis_server.reset_commands()
    assert await numbered(redis_cache, range(200)) == first
    assert redis_server.commands() == {"mget": 1}


async def test_concurrent_misses_store_one_entry(
    redis_server: RedisProcess, redis_cache: RedisCache
) -> None:
    make = Maker()
    await redis_cache.get_or_make("other", ["tag"], make)
    redis_server.reset_commands()
    await asyncio.gather(*(redis_cache.get_or_make("key", ["tag"], make) for _ in range(200)))
    assert redis_server.commands() == {"mget": 1, "set": 1}
    assert make.calls == 2


async def test_a_late_lookup_joins_the_flight_of_the_stored_entry(
    redis_cache: RedisCache,
) -> None:
    """It was sent before the entry existed and returns after it was stored."""
    make = Maker(held=True)
    first = asyncio.create_task(redis_cache.get_or_make("key", ["tag"], make))
    await make.started.wait()
    looked, late = asyncio.Event(), asyncio.Event()
    look_up = redis_cache._look_up

    async def look_up_slowly(lookups: list[Lookup]) -> Sequence[LookupResult | None]:
        found = await look_up(lookups)
        looked.set()
        await late.wait()
        return found

    redis_cache._lookups._send = look_up_slowly
    second = asyncio.create_task(redis_cache.get_or_make("key", ["tag"], make))
    await looked.wait()
    make.free.set()
    await asyncio.wait([first], timeout=0.05)
    late.set()
    assert [await first, await second] == [b"1", b"1"]


async def test_workers_may_create_a_generation_concurrently(
    redis_server: RedisProcess, open_redis: OpenRedis
) -> None:
    caches = [open_redis(redis_server.url) for _ in range(4)]
    make = Maker()
    for cache in caches:
        await cache.get_or_make("connect", [], make)
    await asyncio.gather(
        *(cache.get_or_make(f"key {n}", ["tag"], make) for n, cache in enumerate(caches))
    )
    calls = make.calls
    for number in range(4):
        await caches[0].get_or_make(f"key {number}", ["tag"], make)
    assert make.calls == calls


async def test_a_burst_needs_one_connection(
    redis_server: RedisProcess, open_redis: OpenRedis, caplog: pytest.LogCaptureFixture
) -> None:
    cache = open_redis(redis_server.url)
    with redis_server.client() as client:
        others = len(client.client_list())

        async def visit(first: int) -> None:
            for number in range(40):
                await asyncio.sleep((first + number) % 7 / 10_000)
                key = str((first + number) % 60)
                await cache.get_or_make(key, ["all", f"one:{key}"], Maker())
                if number % 20 == 19:
                    await cache.drop([f"one:{key}"])

        await asyncio.gather(*(visit(number) for number in range(100)))
        assert len(client.client_list()) - others == 1
    assert caplog.records == []


async def test_workers_see_each_others_entries_and_drops(
    redis_server: RedisProcess, open_redis: OpenRedis
) -> None:
    here, there = open_redis(redis_server.url), open_redis(redis_server.url)
    make = Maker()
    assert await here.get_or_make("key", {"a", "b"}, make) == b"1"
    assert await there.get_or_make("key", {"b", "a"}, make) == b"1"
    await there.drop(["b"])
    assert await here.get_or_make("key", {"a", "b"}, make) == b"2"
    assert await there.get_or_make("key", {"a", "b"}, make) == b"2"


async def test_an_entry_dropped_by_another_worker_while_it_is_computed_is_not_served(
    redis_server: RedisProcess, open_redis: OpenRedis
) -> None:
    here, there = open_redis(redis_server.url), open_redis(redis_server.url)
    early = Maker(held=True)
    waiting = asyncio.create_task(here.get_or_make("key", ["tag"], early))
    await early.started.wait()
    await there.drop(["tag"])
    late = Maker(10)
    assert await here.get_or_make("key", ["tag"], late) == b"11", "it joined the earlier call"
    early.free.set()
    assert await waiting == b"1"
    assert await there.get_or_make("key", ["tag"], late) != b"1"
    assert await here.get_or_make("key", ["tag"], late) != b"1"


async def test_evicting_a_generation_invalidates_its_entries(
    redis_server: RedisProcess, redis_cache: RedisCache, prefix: str
) -> None:
    """A full Redis may evict any key. A stale entry must not be served even if the generation that
    invalidated it was evicted."""
    make = Maker()
    await redis_cache.get_or_make("key", ["tag"], make)
    with redis_server.client() as client:
        assert client.delete(f"{prefix}tag:tag") == 1
    assert await redis_cache.get_or_make("key", ["tag"], make) == b"2"
    with redis_server.client() as client:
        assert client.delete(f"{prefix}generation") == 1
    assert await redis_cache.get_or_make("key", ["tag"], make) == b"3"
    assert await redis_cache.get_or_make("key", ["tag"], make) == b"3"


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"])
async def test_no_stale_response_while_redis_evicts_keys(
    disposable_redis: RedisProcess, open_redis: OpenRedis, policy: str
) -> None:
    """Every response is correct, whatever Redis evicts."""
    with disposable_redis.client() as client:
        client.config_set("maxmemory-policy", policy)
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 1_000_000)
    cache = open_redis(disposable_redis.url)
    versions = [0] * 100
    made = 0

    async def get(number: int) -> bytes | None:
        async def make() -> bytes:
            nonlocal made
            made += 1
            return b"%d" % versions[number] + bytes(10_000)

        return await cache.get_or_make(f"key {number}", [f"one:{number}", "all"], make)

    for turn in range(1_000):
        versions[turn % 100] += 1
        await cache.drop([f"one:{turn % 100}"])
        asked = [turn % 100, *(turn * step % 100 for step in (3, 7, 11))]
        answers = await asyncio.gather(*map(get, asked))
        assert [int((answer or b"").rstrip(b"\0")) for answer in answers] == [
            versions[number] for number in asked
        ]
    with disposable_redis.client() as client:
        assert client.info("stats")["evicted_keys"] > 100
    assert made < 3_800, "nothing was served from the cache"


async def test_an_entry_with_other_tags_is_a_miss(redis_cache: RedisCache) -> None:
    """During a rolling deployment, workers may use different tags for a key."""
    make = Maker()
    await redis_cache.get_or_make("key", ["a", "b"], make)
    assert await redis_cache.get_or_make("key", ["a"], make) == b"2"
    assert await redis_cache.get_or_make("key", ["a", "b"], make) == b"3"


async def test_every_key_has_a_ttl(
    redis_server: RedisProcess, redis_cache: RedisCache, prefix: str
) -> None:
    async def find_nothing() -> None:
        return None

    await numbered(redis_cache, range(100))
    await redis_cache.get_or_make("missing", ["all"], find_nothing)
    with redis_server.client() as client:
        entries = [client.pttl(f"{prefix}entry:key {number}") for number in range(100)]
        missing = client.pttl(f"{prefix}entry:missing")
        everything = {key: client.pttl(key) for key in client.keys(f"{prefix}*")}
    assert all(75_000 < entry <= 100_000 for entry in entries)
    assert max(entries) - min(entries) > 5_000
    assert 0 < missing <= 20_000
    generations = [life for key, life in everything.items() if b":tag:" in key]
    assert len(generations) == 101
    assert min(generations) > 1_000_000
    assert min(everything.values()) > 0, "a key without a TTL"


async def test_an_expired_entry_is_computed_again(
    redis_server: RedisProcess, open_redis: OpenRedis
) -> None:
    cache = open_redis(redis_server.url, seconds=0.05)
    make = Maker()

    async def computed_again() -> bool:
        return await cache.get_or_make("key", ["tag"], make) == b"2"

    await eventually(computed_again)


async def test_a_drop_completes_when_its_caller_is_cancelled(
    redis_server: RedisProcess, open_redis: OpenRedis
) -> None:
    here, there = open_redis(redis_server.url), open_redis(redis_server.url)
    make = Maker()
    await here.get_or_make("key", ["tag"], make)
    dropping = asyncio.create_task(there.drop(["tag"]))
    await asyncio.sleep(0)
    dropping.cancel()
    await asyncio.wait([dropping])
    await there.close()
    assert await here.get_or_make("key", ["tag"], make) == b"2"


@pytest.mark.parametrize("kind", ["unix", "tcp"])
async def test_unix_and_tcp_urls_are_supported(
    redis_server: RedisProcess, prefix: str, kind: str
) -> None:
    url = redis_server.url if kind == "unix" else redis_server.tcp_url
    cache = RedisCache(url, prefix, 100)
    await cache.get_or_make("key", ["tag"], Maker())
    await cache.close()
    with redis_server.client() as client:
        assert client.connection_pool.connection_kwargs["db"] == 3
        assert client.exists(f"{prefix}entry:key", f"{prefix}tag:tag") == 2


def test_a_closed_cache_can_be_used_in_another_event_loop(redis_server: RedisProcess) -> None:
    cache = RedisCache(redis_server.url, f"{secrets.token_hex(4)}:", 100)

    async def serve() -> int:
        make = Maker()
        await asyncio.gather(
            *(cache.get_or_make(f"key {n % 10}", ["tag"], make) for n in range(200))
        )
        await cache.close()
        return make.calls

    assert asyncio.run(serve()) == 10
    assert asyncio.run(serve()) == 0


async def test_close_releases_connections(redis_server: RedisProcess, prefix: str) -> None:
    with redis_server.client() as client:
        others = len(client.client_list())
        cache = RedisCache(redis_server.url, prefix, 100)
        gc.collect()
        assert len(client.client_list()) == others, "it connects when it is first used"
        await numbered(cache, range(50))
        assert len(client.client_list()) > others
        await cache.close()
        del cache
        gc.collect()

        async def gone() -> bool:
            return len(client.client_list()) == others

        await eventually(gone)


async def test_close_cancels_running_calls(redis_server: RedisProcess, prefix: str) -> None:
    cache = RedisCache(redis_server.url, prefix, 100)
    make = Maker(held=True)
    waiting = asyncio.create_task(cache.get_or_make("key", ["tag"], make))
    await make.started.wait()
    await cache.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert make.cancelled == 1
