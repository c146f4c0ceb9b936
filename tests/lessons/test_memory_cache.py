"""What the cache in memory removes, counted: statements."""

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
def test_the_cache_takes_statements_away(pair_of: Pairs, path: str, statements: int) -> None:
    found, left = costs(pair_of("memory_cache"), path)
    assert (found.work.statements, left.work.statements) == (statements, 0)


def test_until_then_nothing_is_kept(pair_of: Pairs) -> None:
    found, left = pair_of("memory_cache")
    for server in found, left:
        with client_of(server) as client:
            assert client.get("/api/products/2").status_code == 200
    assert isinstance(found.app.state.cache, NoCache)
    assert not found.app.state.url_cache.responses
    assert left.app.state.url_cache.responses
