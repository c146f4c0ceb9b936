"""A pipelined connection to a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from redis import exceptions

from app.shop.cache.redis_opening import RedisOpener
from app.shop.cache.redis_pipeline import Pipeline
from tests.shop.cache.server import RedisProcess

Open = Callable[..., Awaitable[Pipeline]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def one(server: RedisProcess, seconds: float = 10.0) -> Pipeline:
            pipeline = await RedisOpener(server.url, seconds).open()
            stack.push_async_callback(pipeline.close)
            return pipeline

        yield one


async def test_every_caller_gets_its_own_reply(redis_server: RedisProcess, opened: Open) -> None:
    pipeline = await opened(redis_server)
    sizes = [1, 100_000, 0, 70_000, 5] * 40
    replies = [pipeline.ask("ECHO", b"%d" % n + bytes(size)) for n, size in enumerate(sizes)]
    answers = await asyncio.gather(*replies)
    assert answers == [b"%d" % n + bytes(size) for n, size in enumerate(sizes)]


async def test_commands_are_sent_before_the_first_reply_arrives(
    disposable_redis: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(disposable_redis)
    disposable_redis.freeze()
    replies = [pipeline.ask("INCR", "n") for _ in range(50)]
    await asyncio.sleep(0.05)
    assert not any(reply.done() for reply in replies)
    disposable_redis.thaw()
    assert await asyncio.gather(*replies) == list(range(1, 51))


async def test_a_cancelled_caller_does_not_shift_the_replies(
    redis_server: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(redis_server)
    first, second, third = (pipeline.ask("ECHO", text) for text in "abc")
    second.cancel()
    assert [await first, await third] == [b"a", b"c"]


async def test_an_error_reply_is_raised_by_its_own_caller(
    redis_server: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(redis_server)
    wrong, right = pipeline.ask("ECHO"), pipeline.ask("ECHO", "a")
    with pytest.raises(exceptions.ResponseError, match="wrong number of arguments"):
        await wrong
    assert await right == b"a"
    assert not pipeline.closed


async def test_a_timeout_closes_the_connection_for_all_callers(
    disposable_redis: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(disposable_redis, seconds=0.5)
    assert await pipeline.ask("ECHO", "a") == b"a"
    disposable_redis.freeze()
    replies = [pipeline.ask("ECHO", "b")]
    await asyncio.sleep(0.25)
    replies.append(pipeline.ask("ECHO", "c"))
    for reply in replies:
        with pytest.raises(exceptions.TimeoutError, match=r"did not answer in 0\.5 s"):
            await reply
    assert pipeline.closed


async def test_timely_replies_keep_the_connection_open(
    redis_server: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(redis_server, seconds=0.5)
    for _ in range(7):
        assert await pipeline.ask("ECHO", "a") == b"a"
        await asyncio.sleep(0.1)
    assert not pipeline.closed


async def test_all_callers_get_an_error_if_the_server_goes_away(
    disposable_redis: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(disposable_redis)
    disposable_redis.freeze()
    replies = [pipeline.ask("ECHO", "a") for _ in range(3)]
    disposable_redis.kill()
    for reply in (*replies, pipeline.ask("ECHO", "a")):
        with pytest.raises(exceptions.ConnectionError, match="has closed the connection"):
            await reply
    assert pipeline.closed
