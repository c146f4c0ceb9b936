"""What compression removes, counted: bytes."""

from tests.lessons.costs import Pairs, costs


def test_compression_takes_bytes_away(pair_of: Pairs) -> None:
    found, left = costs(pair_of("compression"), "/api/orders?limit=20")
    assert left.work.response_bytes < found.work.response_bytes / 3
