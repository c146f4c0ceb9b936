"""What building JSON in PostgreSQL saves, counted: ORM objects, rows and statements."""

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
def test_json_from_postgresql_needs_no_orm_objects(
    pair_of: Pairs, path: str, objects: Any, statements: int
) -> None:
    """For the first read, which is not cached yet."""
    before, after = costs(pair_of("serialization"), path, warm=False)
    assert before.objects == objects(before.body)
    assert after.objects == 0
    assert (before.work.statements, after.work.statements) == (statements, 1)
    assert after.work.rows == 1


def test_json_from_postgresql_reduces_the_rows_of_reports(pair_of: Pairs) -> None:
    report = "/api/reports/sales?country=Iceland"
    before, after = costs(pair_of("serialization"), report, warm=False)
    # One row is left for each of the two parts: the past months and the current one.
    assert (before.work.rows, after.work.rows) == (len(before.body), 2)
