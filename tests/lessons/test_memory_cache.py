"""What the memory cache saves, counted: statements."""

import pytest

from app.shop.cache import NoCache
from tests.course.rungs import client_of
from tests.lessons.costs import Pairs, costs


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/api/products/1", 1),
        ("/api/products?limit=20", 1),
        ("/api/products/search?q=heart", 1),
        ("/api/categories", 1),
        ("/api/categories/1/products", 2),
        ("/api/orders?limit=20", 2),
        ("/api/orders/1000", 2),
        ("/api/posts?limit=20", 2),
        ("/api/posts/77", 2),
        ("/api/users?limit=20", 3),
        ("/api/reports/sales?country=Iceland", 1),
    ],
)
def test_a_cache_hit_takes_no_statement(pair_of: Pairs, path: str, statements: int) -> None:
    before, after = costs(pair_of("memory_cache"), path)
    assert (before.work.statements, after.work.statements) == (statements, 0)


def test_nothing_is_cached_before_the_lesson(pair_of: Pairs) -> None:
    before, after = pair_of("memory_cache")
    for server in before, after:
        with client_of(server) as client:
            assert client.get("/api/products/2").status_code == 200
    assert isinstance(before.app.state.cache, NoCache)
    assert not before.app.state.url_cache.responses
    assert after.app.state.url_cache.responses
