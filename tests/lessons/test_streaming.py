"""What streaming removes, counted: memory."""

import tracemalloc
from typing import NamedTuple

from app.lab.serving.server import Server
from tests.course.rungs import client_of
from tests.lessons.costs import Pairs


class Transfer(NamedTuple):
    size: int
    """Bytes of the whole answer."""
    peak: int
    """Bytes of memory, at most, that server and client took in the meantime."""
    tells_length: bool


def transfer(server: Server, path: str) -> Transfer:
    with client_of(server) as client:
        plain = {"Accept-Encoding": "identity"}
        client.get(path, headers=plain)
        tracemalloc.start()
        try:
            with client.stream("GET", path, headers=plain) as answer:
                assert answer.status_code == 200
                size = sum(len(chunk) for chunk in answer.iter_bytes())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return Transfer(size, peak, "content-length" in answer.headers)


def test_streaming_takes_memory_away(pair_of: Pairs) -> None:
    germany = "/api/export/order-lines?country=Germany"
    found, left = (transfer(server, germany) for server in pair_of("streaming"))
    assert (found.tells_length, left.tells_length) == (True, False)
    assert found.size == left.size > 1_500_000
    assert found.peak > 3 * found.size
    assert left.peak < found.peak / 3
