"""One connection for many, on a real server."""

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

        async def one(server: RedisProcess, patience: float = 10.0) -> Pipeline:
            pipeline = await RedisOpener(server.url, patience).open()
            stack.push_async_callback(pipeline.close)
            return pipeline

        yield one


async def test_everyone_gets_their_own_answer(redis_server: RedisProcess, opened: Open) -> None:
    pipeline = await opened(redis_server)
    sizes = [1, 100_000, 0, 70_000, 5] * 40
    asked = [pipeline.ask("ECHO", b"%d" % n + bytes(size)) for n, size in enumerate(sizes)]
    answers = await asyncio.gather(*asked)
    assert answers == [b"%d" % n + bytes(size) for n, size in enumerate(sizes)]


async def test_commands_go_out_before_the_first_answer_is_there(
    mortal_redis: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(mortal_redis)
    mortal_redis.freeze()
    asked = [pipeline.ask("INCR", "n") for _ in range(50)]
    await asyncio.sleep(0.05)
    assert not any(reply.done() for reply in asked)
    mortal_redis.thaw()
    assert await asyncio.gather(*asked) == list(range(1, 51))


async def test_who_was_cancelled_does_not_put_others_out_of_turn(
    redis_server: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(redis_server)
    first, second, third = (pipeline.ask("ECHO", text) for text in "abc")
    second.cancel()
    assert [await first, await third] == [b"a", b"c"]


async def test_a_refusal_is_for_the_one_who_asked(redis_server: RedisProcess, opened: Open) -> None:
    pipeline = await opened(redis_server)
    wrong, right = pipeline.ask("ECHO"), pipeline.ask("ECHO", "a")
    with pytest.raises(exceptions.ResponseError, match="wrong number of arguments"):
        await wrong
    assert await right == b"a"
    assert not pipeline.closed


async def test_silence_ends_it_for_everyone(mortal_redis: RedisProcess, opened: Open) -> None:
    pipeline = await opened(mortal_redis, patience=0.5)
    assert await pipeline.ask("ECHO", "a") == b"a"
    mortal_redis.freeze()
    asked = [pipeline.ask("ECHO", "b")]
    await asyncio.sleep(0.25)
    asked.append(pipeline.ask("ECHO", "c"))
    for reply in asked:
        with pytest.raises(exceptions.TimeoutError, match=r"did not answer in 0\.5 s"):
            await reply
    assert pipeline.closed


async def test_one_that_answers_in_time_is_left_open(
    redis_server: RedisProcess, opened: Open
) -> None:
    pipeline = await opened(redis_server, patience=0.5)
    for _ in range(7):
        assert await pipeline.ask("ECHO", "a") == b"a"
        await asyncio.sleep(0.1)
    assert not pipeline.closed


async def test_a_server_that_goes_away(mortal_redis: RedisProcess, opened: Open) -> None:
    pipeline = await opened(mortal_redis)
    mortal_redis.freeze()
    asked = [pipeline.ask("ECHO", "a") for _ in range(3)]
    mortal_redis.kill()
    for reply in (*asked, pipeline.ask("ECHO", "a")):
        with pytest.raises(exceptions.ConnectionError, match="has closed the connection"):
            await reply
    assert pipeline.closed
