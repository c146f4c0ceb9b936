"""Concurrent submissions share round trips."""

import asyncio

import pytest

from app.shop.cache.batcher import Batcher


class Server:
    """Doubles numbers once ``free`` is set, and records the batches it receives."""

    def __init__(self, max_in_flight: int) -> None:
        self.received: list[list[int]] = []
        self.in_flight = 0
        self.most = 0
        self.free = asyncio.Event()
        self.batcher = Batcher(self.send, max_in_flight)

    async def send(self, items: list[int]) -> list[int]:
        self.received.append(items)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await self.free.wait()
        await asyncio.sleep(0)
        self.in_flight -= 1
        return [2 * item for item in items]


async def submitted(server: Server, *items: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(server.batcher.submit(item)) for item in items]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_concurrent_items_share_one_round_trip() -> None:
    server = Server(4)
    others = len(asyncio.all_tasks())
    tasks = [asyncio.create_task(server.batcher.submit(item)) for item in (1, 2, 3)]
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) - others == 3 + 1
    server.free.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6]
    assert server.received == [[1, 2, 3]]


async def test_items_queued_while_all_round_trips_are_busy_form_the_next_batch() -> None:
    server = Server(2)
    tasks = []
    for number in range(10):
        tasks += await submitted(server, number)
    assert server.received == [[0], [1]]
    server.free.set()
    async with asyncio.timeout(10):
        assert await asyncio.gather(*tasks) == [2 * number for number in range(10)]
    assert server.received == [[0], [1], [2, 3, 4, 5, 6, 7, 8, 9]]
    assert server.most == 2


async def test_round_trips_in_flight_are_limited() -> None:
    server = Server(3)
    server.free.set()

    async def many() -> None:
        for number in range(50):
            assert await server.batcher.submit(number) == 2 * number

    await asyncio.gather(*(many() for _ in range(20)))
    assert server.most <= 3


async def test_items_of_cancelled_callers_are_sent() -> None:
    server = Server(1)
    first, *_ = await submitted(server, 1)
    cancelled, remaining = await submitted(server, 2, 3)
    first.cancel()
    cancelled.cancel()
    server.free.set()
    assert await remaining == 6
    await server.batcher.close()
    assert server.received == [[1], [2, 3]]


async def test_an_error_is_raised_by_the_whole_batch_and_later_items_are_sent() -> None:
    async def send(items: list[int]) -> list[int]:
        await asyncio.sleep(0)
        if 1 in items:
            raise ZeroDivisionError
        return items

    batcher = Batcher(send, 1)
    outcomes = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 2
    assert await batcher.submit(3) == 3


async def test_close_flushes_the_queue() -> None:
    server = Server(1)
    tasks = [*await submitted(server, 1), *await submitted(server, 2)]
    closing = asyncio.create_task(server.batcher.close())
    await asyncio.sleep(0)
    assert not closing.done()
    server.free.set()
    await closing
    assert [task.result() for task in tasks] == [2, 4]


async def test_a_wrong_number_of_results_is_an_error() -> None:
    async def send(_: list[int]) -> list[int]:
        return []

    with pytest.raises(ValueError, match="shorter"):
        await Batcher(send, 1).submit(1)
