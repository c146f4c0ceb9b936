"""What streaming saves, measured: memory."""

import tracemalloc
from typing import NamedTuple

from app.lab.serving.server import Server
from tests.course.rungs import client_of
from tests.lessons.costs import Pairs


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
