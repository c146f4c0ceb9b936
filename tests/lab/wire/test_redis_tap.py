"""Redis commands, counted on a live server and against the server's own statistics."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.lab.wire.redis_commands import command_names
from app.shop.cache.redis import RedisCache
from app.shop.settings import Settings
from tests.lab.wire.conftest import Count
from tests.shop.cache.conftest import running_redis


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


async def calls(redis: Redis, *commands: str) -> int:
    """How often Redis itself says it was asked these."""
    stats = await redis.info("commandstats")
    return sum(stats.get(f"cmdstat_{command}", {}).get("calls", 0) for command in commands)


async def test_commands_and_pipelines_agree_with_redis(
    redis: Redis, redis_url: str, settings: Settings, count: Count
) -> None:
    key = f"{settings.redis_prefix}counted"
    before = await calls(redis, "setex", "strlen")

    async def handler() -> None:
        async with Redis.from_url(redis_url) as client:
            async with client.pipeline(transaction=False) as pipeline:
                for number in range(10):
                    pipeline.execute_command("SETEX", key, 60, number)
                await pipeline.execute()
            await client.strlen(key)

    seen = await count(handler, warm=False)
    handshake = sum(span.text.startswith("CLIENT") for span in seen.spans)
    told = [span.text for span in seen.spans if span.text.startswith(("SETEX", "STRLEN"))]
    assert told == ["SETEX SETEX SETEX …", "STRLEN"]
    assert await calls(redis, "setex", "strlen") - before == 11
    assert seen.work.redis_commands >= 11 + handshake


async def test_the_shops_own_pipeline_is_counted_as_redis_counts(count: Count) -> None:
    async def make() -> bytes:
        return b"value"

    # Of its own: others use the shared one at the same time.
    with running_redis() as server:

        async def handler() -> None:
            cache = RedisCache(server.url, "counted:", 60)
            await cache.get_or_make("key", ["tag"], make)
            for _ in range(10):
                await cache.get_or_make("key", ["tag"], make)
            await cache.drop(["tag"])
            await cache.close()

        server.reset_commands()
        seen = await count(handler, warm=False)
        told = server.commands()
    spans = [span for span in seen.spans if span.text in ("MGET", "SET", "DEL")]
    # Ten hits, and a miss that draws two generations.
    assert (told["mget"], told["set"], told["del"]) == (12, 3, 1)
    assert Counter(span.text.lower() for span in spans) == {
        name: told[name] for name in ("mget", "set", "del")
    }
    assert all(span.end > span.start for span in spans)


def test_names_of_packed_commands() -> None:
    one = b"*2\r\n$3\r\nGET\r\n$5\r\na\r\nb*\r\n"
    assert command_names(one + one) == ["GET", "GET"]


async def test_a_request_without_sql_shows_no_table_of_statements(
    redis_url: str, count: Count
) -> None:
    async def handler() -> None:
        async with Redis.from_url(redis_url) as client:
            await client.ping()

    seen = await count(handler)
    assert seen.work.redis_commands >= 1
    assert "times" not in str(seen)
    assert "times" not in seen._repr_html_()
