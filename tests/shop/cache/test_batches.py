"""What is asked at the same time goes out together."""

import asyncio

import pytest

from app.shop.cache.batches import Batches


class Line:
    """Doubles numbers, when it is let, and remembers what came together."""

    def __init__(self, at_once: int) -> None:
        self.trips: list[list[int]] = []
        self.under_way = 0
        self.most = 0
        self.free = asyncio.Event()
        self.batches = Batches(self.send, at_once)

    async def send(self, items: list[int]) -> list[int]:
        self.trips.append(items)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.free.wait()
        await asyncio.sleep(0)
        self.under_way -= 1
        return [2 * item for item in items]


async def asked(line: Line, *items: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(line.batches.ask(item)) for item in items]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_what_is_asked_together_is_one_trip() -> None:
    line = Line(4)
    others = len(asyncio.all_tasks())
    tasks = [asyncio.create_task(line.batches.ask(item)) for item in (1, 2, 3)]
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) - others == 3 + 1
    line.free.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6]
    assert line.trips == [[1, 2, 3]]


async def test_what_comes_meanwhile_waits_for_the_next() -> None:
    line = Line(2)
    tasks = []
    for number in range(10):
        tasks += await asked(line, number)
    assert line.trips == [[0], [1]]
    line.free.set()
    async with asyncio.timeout(10):
        assert await asyncio.gather(*tasks) == [2 * number for number in range(10)]
    assert line.trips == [[0], [1], [2, 3, 4, 5, 6, 7, 8, 9]]
    assert line.most == 2


async def test_many_trips_stay_bounded() -> None:
    line = Line(3)
    line.free.set()

    async def many() -> None:
        for number in range(50):
            assert await line.batches.ask(number) == 2 * number

    await asyncio.gather(*(many() for _ in range(20)))
    assert line.most <= 3


async def test_what_was_asked_is_sent_though_the_one_who_asked_is_gone() -> None:
    line = Line(1)
    first, *_ = await asked(line, 1)
    gone, stays = await asked(line, 2, 3)
    first.cancel()
    gone.cancel()
    line.free.set()
    assert await stays == 6
    await line.batches.close()
    assert line.trips == [[1], [2, 3]]


async def test_everyone_is_told_of_an_error_and_the_next_are_sent() -> None:
    async def send(items: list[int]) -> list[int]:
        await asyncio.sleep(0)
        if 1 in items:
            raise ZeroDivisionError
        return items

    batches = Batches(send, 1)
    outcomes = await asyncio.gather(batches.ask(1), batches.ask(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 2
    assert await batches.ask(3) == 3


async def test_closing_waits_for_all_that_was_asked() -> None:
    line = Line(1)
    tasks = [*await asked(line, 1), *await asked(line, 2)]
    closing = asyncio.create_task(line.batches.close())
    await asyncio.sleep(0)
    assert not closing.done()
    line.free.set()
    await closing
    assert [task.result() for task in tasks] == [2, 4]


async def test_a_wrong_number_of_answers_is_an_error() -> None:
    async def send(_: list[int]) -> list[int]:
        return []

    with pytest.raises(ValueError, match="shorter"):
        await Batches(send, 1).ask(1)
