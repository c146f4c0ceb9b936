"""What streaming saves: memory, and rows in flight. And what VACUUM says of a held snapshot."""

import tracemalloc
from typing import NamedTuple

import asyncpg

from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.lessons.streaming.vacuum import vacuum
from app.shop.settings import Settings
from tests.course.rungs import client_of
from tests.lessons.costs import Pairs

IDENTITY = {"Accept-Encoding": "identity"}
"""Lines can be counted in a body that is not compressed."""


class Transfer(NamedTuple):
    size: int
    """Bytes of the complete response."""
    peak: int
    """The peak of the memory of server and client during the transfer, in bytes."""
    has_content_length: bool


def transfer(server: Server, path: str) -> Transfer:
    with client_of(server) as client:
        plain = {"Accept-Encoding": "identity"}
        client.get(path, headers=plain)
        tracemalloc.start()
        try:
            with client.stream("GET", path, headers=plain) as response:
                assert response.status_code == 200
                size = sum(len(chunk) for chunk in response.iter_bytes())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return Transfer(size, peak, "content-length" in response.headers)


def test_streaming_reduces_peak_memory(pair_of: Pairs) -> None:
    germany = "/api/export/order-lines?country=Germany"
    before, after = (transfer(server, germany) for server in pair_of("streaming"))
    assert (before.has_content_length, after.has_content_length) == (True, False)
    assert before.size == after.size > 1_500_000
    assert before.peak > 3 * before.size
    assert after.peak < before.peak / 3


async def test_streaming_reduces_the_rows_in_flight(pair_of: Pairs) -> None:
    path = "/api/export/order-lines?country=Germany"
    before, after = [
        (await exchange(server, path, headers=IDENTITY, instruments=["flow"])).trace.flow
        for server in pair_of("streaming")
    ]
    assert before is not None
    assert after is not None
    assert before.peak == before.rows_at_first_byte == before.rows > 9_000
    assert after.rows_at_first_byte is not None
    assert after.peak < before.peak / 3
    assert after.rows_at_first_byte < after.rows


async def test_vacuum_says_what_a_snapshot_keeps(shared: Settings) -> None:
    url = shared.database_url
    address = url.replace("+asyncpg", "")
    reader, writer = await asyncpg.connect(address), await asyncpg.connect(address)
    try:
        async with reader.transaction(isolation="repeatable_read"):
            await reader.execute("SELECT 1")
            await writer.execute("UPDATE categories SET name = name")
            changed = await writer.fetchval("SELECT count(*) FROM categories")
            assert await vacuum(url, "categories") == (0, changed)
        assert await vacuum(url, "categories") == (changed, 0)
    finally:
        await reader.close()
        await writer.close()
