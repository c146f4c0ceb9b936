"""What JSON by PostgreSQL removes, counted: objects, rows and statements."""

from typing import Any

import pytest

from tests.lessons.costs import Pairs, costs, people_of


def objects_of_orders(orders: list[dict[str, Any]]) -> int:
    lines = [line for order in orders for line in order["lines"]]
    return len(orders) + len(lines) + len({line["product"]["id"] for line in lines})


def objects_of_posts(posts: list[dict[str, Any]]) -> int:
    comments = [comment for post in posts for comment in post["comments"]]
    people: set[int] = set().union(*map(people_of, posts))
    return len(posts) + len(comments) + len(people) + len({post["product"]["id"] for post in posts})


def objects_of_users(users: list[dict[str, Any]]) -> int:
    return sum(1 + len(user["posts"]) + len(user["comments"]) for user in users)


@pytest.mark.parametrize(
    ("path", "objects", "statements"),
    [
        ("/api/products/1", lambda _: 1, 1),
        ("/api/products?limit=20", lambda _: 21, 1),
        ("/api/products/search?q=heart&limit=9", len, 1),
        ("/api/categories/1/products?limit=20", lambda _: 22, 2),
        ("/api/orders?limit=20", objects_of_orders, 2),
        ("/api/orders/1000", lambda order: objects_of_orders([order]), 2),
        ("/api/posts?limit=20", objects_of_posts, 2),
        ("/api/posts/77", lambda post: objects_of_posts([post]), 2),
        ("/api/users?limit=20", objects_of_users, 3),
        ("/api/users/41", lambda user: objects_of_users([user]), 3),
        ("/api/me", lambda _: 1, 1),
    ],
)
def test_serialization_takes_objects_away(
    pair_of: Pairs, path: str, objects: Any, statements: int
) -> None:
    """The first read, so that the cache does not have it yet."""
    found, left = costs(pair_of("serialization"), path, warm=False)
    assert found.objects == objects(found.answer)
    assert left.objects == 0
    assert (found.work.statements, left.work.statements) == (statements, 1)
    assert left.work.rows == 1


def test_serialization_takes_rows_away_where_there_are_no_objects(pair_of: Pairs) -> None:
    report = "/api/reports/sales?country=Iceland"
    found, left = costs(pair_of("serialization"), report, warm=False)
    # A row for each of its two parts is left: of the months that are over, and of the current one.
    assert (found.work.rows, left.work.rows) == (len(found.answer), 2)
    found, left = costs(pair_of("serialization"), "/api/dashboard")
    assert (found.work.statements, left.work.statements) == (7, 4)
    assert (found.objects > 20, left.objects) == (True, 0)
