"""What eager loading removes, counted: statements."""

from tests.lessons.costs import Pairs, costs, people_of


def test_eager_loading_takes_statements_away(pair_of: Pairs) -> None:
    found, left = costs(pair_of("eager_loading"), "/api/orders?limit=20")
    assert (found.work.statements, left.work.statements) == (21, 2)
    found, left = costs(pair_of("eager_loading"), "/api/users?limit=20")
    assert (found.work.statements, left.work.statements) == (41, 3)
    found, left = costs(pair_of("eager_loading"), "/api/posts?limit=20")
    people: set[int] = set().union(*map(people_of, found.answer))
    assert (found.work.statements, left.work.statements) == (21 + len(people), 2)
    found, left = costs(pair_of("eager_loading"), "/api/posts/77")
    assert (found.work.statements, left.work.statements) == (2 + len(people_of(found.answer)), 2)
