"""The contract that every cache fulfils."""

import asyncio

import pytest

from app.shop.cache import Cache
from tests.shop.cache.conftest import Maker

VALUES = [b"x", b"", None, b"+x", b"-x", bytes(range(256)) * 1000]


class Broken(Exception):
    pass


async def fail() -> bytes:
    raise Broken


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:8])
async def test_the_result_is_that_of_make(any_cache: Cache, value: bytes | None) -> None:
    async def make() -> bytes | None:
        return value

    for _ in range(3):
        assert await any_cache.get_or_make("key", ["tag"], make) == value


async def test_an_exception_is_raised_and_not_cached(any_cache: Cache) -> None:
    with pytest.raises(Broken):
        await any_cache.get_or_make("key", ["tag"], fail)
    assert await any_cache.get_or_make("key", ["tag"], Maker()) == b"1"


async def test_a_dropped_entry_is_computed_again(any_cache: Cache) -> None:
    make = Maker()
    await any_cache.get_or_make("key", ["a", "b"], make)
    await any_cache.drop(["b"])
    assert await any_cache.get_or_make("key", ["a", "b"], make) == b"2"


async def test_dropping_nothing_is_allowed(any_cache: Cache) -> None:
    await any_cache.drop([])
    await any_cache.drop(["unknown"])


async def test_a_hit_does_not_call_make(cache: Cache) -> None:
    make = Maker()
    for _ in range(3):
        assert await cache.get_or_make("key", ["tag"], make) == b"1"
    assert await cache.get_or_make("other", ["tag"], make) == b"2"
    assert await cache.get_or_make("untagged", [], make) == b"3"
    assert await cache.get_or_make("untagged", [], make) == b"3"


async def test_none_is_cached(cache: Cache) -> None:
    make = Maker()

    async def find_nothing() -> None:
        await make()

    for _ in range(3):
        assert await cache.get_or_make("key", ["tag"], find_nothing) is None
    assert make.calls == 1
    await cache.drop(["tag"])
    assert await cache.get_or_make("key", ["tag"], make) == b"2"


async def test_only_entries_with_the_tag_are_dropped(cache: Cache) -> None:
    make = Maker()
    await cache.get_or_make("page", ["products"], make)
    await cache.get_or_make("one", ["product:1"], make)
    await cache.get_or_make("two", {"product:2", "products"}, make)
    await cache.drop(["product:1", "product:3"])
    assert await cache.get_or_make("page", ["products"], make) == b"1"
    assert await cache.get_or_make("two", {"product:2", "products"}, make) == b"3"
    assert await cache.get_or_make("one", ["product:1"], make) == b"4"
    await cache.drop({"products"})
    assert await cache.get_or_make("one", ["product:1"], make) == b"4"
    assert await cache.get_or_make("two", {"product:2", "products"}, make) == b"5"
    assert await cache.get_or_make("page", ["products"], make) == b"6"


async def test_the_order_of_tags_does_not_matter(cache: Cache) -> None:
    make = Maker()
    answers = await asyncio.gather(
        cache.get_or_make("key", ["a", "b"], make), cache.get_or_make("key", ["b", "a"], make)
    )
    assert set(answers) == {b"1"}
    assert await cache.get_or_make("key", ["b", "a"], make) == b"1"


async def test_concurrent_misses_call_make_once(cache: Cache) -> None:
    make = Maker()
    answers = await asyncio.gather(*(cache.get_or_make("key", ["tag"], make) for _ in range(200)))
    assert set(answers) == {b"1"}
    assert make.calls == 1


async def test_a_later_caller_joins_the_running_call(cache: Cache) -> None:
    make = Maker(held=True)
    first = asyncio.create_task(cache.get_or_make("key", ["tag"], make))
    await make.started.wait()
    second = asyncio.create_task(cache.get_or_make("key", ["tag"], make))
    await asyncio.sleep(0.02)
    make.free.set()
    assert [await first, await second] == [b"1", b"1"]


async def test_an_exception_is_raised_by_all_waiters(cache: Cache) -> None:
    calls = 0

    async def fail_later() -> bytes:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        raise Broken

    outcomes = await asyncio.gather(
        *(cache.get_or_make("key", ["tag"], fail_later) for _ in range(200)),
        return_exceptions=True,
    )
    assert {type(outcome) for outcome in outcomes} == {Broken}
    assert calls == 1


async def ask_many(cache: Cache, make: Maker, many: int) -> list[asyncio.Task[bytes | None]]:
    """Tasks for the same key: the first one has called ``make``, the others wait for its result."""
    first = asyncio.create_task(cache.get_or_make("key", ["tag"], make))
    await make.started.wait()
    others = [asyncio.create_task(cache.get_or_make("key", ["tag"], make)) for _ in range(many - 1)]
    await asyncio.sleep(0.02)
    return [first, *others]


@pytest.mark.parametrize("which", [0, 3], ids=["first caller", "later caller"])
async def test_cancelling_one_waiter_does_not_affect_the_others(cache: Cache, which: int) -> None:
    make = Maker(held=True)
    tasks = await ask_many(cache, make, 5)
    tasks.pop(which).cancel()
    await asyncio.sleep(0)
    make.free.set()
    assert await asyncio.gather(*tasks) == [b"1"] * 4
    assert make.calls == 1
    assert await cache.get_or_make("key", ["tag"], make) == b"1"


async def test_a_call_without_waiters_is_cancelled(cache: Cache) -> None:
    make = Maker(held=True)
    tasks = await ask_many(cache, make, 5)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}
    make.free.set()
    assert await cache.get_or_make("key", ["tag"], make) == b"2"
    assert make.cancelled == 1


async def test_a_new_caller_does_not_join_a_cancelled_call(cache: Cache) -> None:
    started, rolled_back = asyncio.Event(), asyncio.Event()

    async def roll_back_slowly() -> bytes:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await rolled_back.wait()
        return b"never"

    leaving = asyncio.create_task(cache.get_or_make("key", ["tag"], roll_back_slowly))
    await started.wait()
    leaving.cancel()
    await asyncio.wait([leaving])
    async with asyncio.timeout(10):
        assert await cache.get_or_make("key", ["tag"], Maker()) == b"1"
    rolled_back.set()


async def test_a_value_computed_before_a_drop_is_not_served_after_it(cache: Cache) -> None:
    early, late = Maker(held=True), Maker(10)
    waiting = asyncio.create_task(cache.get_or_make("key", ["a", "b"], early))
    await early.started.wait()
    await cache.drop(["b"])
    early.free.set()
    assert await waiting == b"1"
    assert await cache.get_or_make("key", ["a", "b"], late) == b"11"


async def test_a_caller_after_a_drop_does_not_join_an_earlier_call(cache: Cache) -> None:
    early, late = Maker(held=True), Maker(10)
    waiting = asyncio.create_task(cache.get_or_make("key", ["tag"], early))
    await early.started.wait()
    await cache.drop(["tag"])
    assert await cache.get_or_make("key", ["tag"], late) == b"11"
    early.free.set()
    assert await waiting == b"1"
    # The earlier one is stored last, and still is not served.
    assert await cache.get_or_make("key", ["tag"], late) in (b"11", b"12")
