"""The proxy of the Redis lesson: what passes, and what becomes of it when it is down or held."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NotConnected

from app.lessons.redis_cache.proxy import RedisProxy, redis_proxy
from app.shop.settings import Settings


@pytest.fixture
async def proxy(settings_with_redis: Settings) -> AsyncIterator[RedisProxy]:
    assert settings_with_redis.redis_url is not None
    async with redis_proxy(settings_with_redis.redis_url) as proxy:
        yield proxy


async def test_commands_pass_and_are_counted(proxy: RedisProxy) -> None:
    async with Redis.from_url(proxy.url) as client:
        await client.ping()
        proxy.commands.clear()
        async with client.pipeline(transaction=False) as pipeline:
            pipeline.set("proxied", "x" * 200_000, ex=5)
            pipeline.get("proxied")
            assert (await pipeline.execute())[1] == b"x" * 200_000
    assert proxy.commands == ["SET", "GET"]
    assert proxy.connections == 1


async def test_when_it_is_down_connections_break_and_new_ones_are_counted(
    proxy: RedisProxy,
) -> None:
    async with Redis.from_url(proxy.url) as client:
        await client.ping()
        await proxy.take_down()
        for _ in range(3):
            with pytest.raises(NotConnected):
                await client.ping()
    # The first of them met the broken connection, each of the others opened a new one.
    assert proxy.connections == 3


async def test_held_commands_pass_later(proxy: RedisProxy) -> None:
    async with Redis.from_url(proxy.url) as client:
        await client.ping()
        proxy.hold()
        held = asyncio.ensure_future(client.echo("hello"))
        done, _ = await asyncio.wait({held}, timeout=0.1)
        assert not done
        proxy.release()
        assert await held == b"hello"
