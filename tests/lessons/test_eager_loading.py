"""What eager loading saves, counted: statements."""

from tests.lessons.costs import Pairs, costs, people_of


def test_eager_loading_takes_no_statement_per_row(pair_of: Pairs) -> None:
    before, after = costs(pair_of("eager_loading"), "/api/orders?limit=20")
    assert (before.work.statements, after.work.statements) == (21, 2)
    before, after = costs(pair_of("eager_loading"), "/api/users?limit=20")
    assert (before.work.statements, after.work.statements) == (41, 3)
    before, after = costs(pair_of("eager_loading"), "/api/posts?limit=20")
    people: set[int] = set().union(*map(people_of, before.body))
    assert (before.work.statements, after.work.statements) == (21 + len(people), 2)
    before, after = costs(pair_of("eager_loading"), "/api/posts/77")
    assert (before.work.statements, after.work.statements) == (2 + len(people_of(before.body)), 2)
