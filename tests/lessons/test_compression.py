"""What compression saves, counted: bytes."""

from tests.lessons.costs import Pairs, costs


def test_compression_reduces_the_bytes_of_a_response(pair_of: Pairs) -> None:
    before, after = costs(pair_of("compression"), "/api/orders?limit=20")
    assert after.work.response_bytes < before.work.response_bytes / 3
