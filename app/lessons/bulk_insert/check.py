"""The exercise: a price list in one request."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from app.course.difference import difference
from app.course.evidence import Evidence, Observation, Probe
from app.course.exercise import Refusal
from app.course.kinds import EndpointExercise
from app.course.steps import answers, same_answer_after_changes, served_by_learner
from app.lessons.bulk_insert.call import PATH, Change
from app.lessons.bulk_insert.trial import CLIENTS, PRODUCTS, Alone, Together, trial

STATEMENTS = 3
UNKNOWN = range(900_000, 900_040)


def _prices(ids: range, cents: int) -> list[Change]:
    """A change for each product, in an order that is not that of the ids."""
    scattered = sorted(ids, key=lambda number: (number * 7919 % 10007, number))
    return [{"id": one, "price": f"{one % 400 + 1}.{cents:02}"} for one in scattered]


def _patch(json: Any, *, account: int | None = 1, scope: str = "catalog:write") -> Probe:
    return Probe(PATH, method="PATCH", json=json, account=account, scopes=(scope,))


def _with_unknown() -> list[Change]:
    known, unknown = _prices(range(1, 301), 11), [{"id": one, "price": "1.11"} for one in UNKNOWN]
    return [change for pair in zip(known[:40], unknown, strict=True) for change in pair] + known[
        40:
    ]


_ONE = Probe("/api/products/17")
_UNREAD = Probe("/api/products/18")  # so it is not cached yet
_PAGE = Probe("/api/products?limit=5&after=14")
_NEVER_READ = Probe("/api/products?limit=5&after=13")  # so it is not cached yet
_TWICE = [*_prices(range(1, 40), 22), {"id": 17, "price": "3.33"}]

# What each request is, in words, for the messages.
CASES: tuple[tuple[str, Probe], ...] = (
    ("the new price of a single product", _patch([{"id": 17, "price": "0.00"}])),
    ("", _ONE),
    ("", _PAGE),
    ("new prices for 1,500 products", _patch(_prices(range(1, 1501), 44))),
    ("", _UNREAD),
    ("", _ONE),
    ("", _PAGE),
    (f"{len(UNKNOWN)} unknown products among 300 known ones", _patch(_with_unknown())),
    ("one product that is named twice, with two prices", _patch(_TWICE)),
    ("SQL in place of an id", _patch([{"id": "17, 0.01), (18", "price": "0.01"}])),
    ("SQL in place of a price", _patch([{"id": 17, "price": "0.01), (18, 0.01"}])),
    ("a negative price", _patch([{"id": 17, "price": "-1.00"}])),
    ("an empty list", _patch([])),
    ("a token without the scope `catalog:write`", _patch(_prices(range(1, 9), 55), scope="other")),
    ("no token", _patch(_prices(range(1, 9), 55), account=None)),
    ("", _NEVER_READ),
    ("", _ONE),
    ("the price that a product had before", _patch([{"id": 17, "price": "0.00"}])),
    ("", _ONE),
)


def answered_by_learner(evidence: Evidence) -> Refusal | None:
    """The price changes, at least; the reads are the shop's."""
    changed = (seen for seen in evidence.observations if seen.probe.path == PATH)
    return served_by_learner(replace(evidence, observations=tuple(changed)))


def answers_each_request(evidence: Evidence) -> Refusal | None:
    """Status and body equal the finished shop's, and no read shows an old price."""
    last, refused = "", False
    for number, ((words, _), seen) in enumerate(zip(CASES, evidence.observations, strict=True)):
        if words:
            last, refused = words, seen.expected_status >= 400
        if seen.as_expected:
            continue
        if words:
            return _wrong_response(words, seen)
        if refused:
            return _after_a_refusal(seen)
        earlier = evidence.observations[:number]
        if all(one.probe != seen.probe for one in earlier):
            return _not_stored(last, seen)
        return _stale(last, _reads_from(number, evidence))
    return None


def _reads_from(number: int, evidence: Evidence) -> list[Observation]:
    """The wrong ones among the reads from that position, up to the next change."""
    pairs = zip(CASES[number:], evidence.observations[number:], strict=True)
    reads = takewhile(lambda pair: not pair[0][0], pairs)
    return [seen for _, seen in reads if not seen.as_expected]


def _wrong_response(words: str, seen: Observation) -> Refusal:
    if seen.status != seen.expected_status:
        return Refusal(
            f"For {words}, your endpoint answered with status {seen.status}; expected "
            f"{seen.expected_status}.",
            hint=1,
        )
    return Refusal(f"For {words}: {difference(seen.expected, seen.answer)}.", hint=2)


def _after_a_refusal(seen: Observation) -> Refusal:
    return Refusal(
        f"After requests that were to be refused, {seen.probe} shows something else than before: "
        f"{difference(seen.expected, seen.answer)}. A request that is refused must change nothing.",
        hint=2,
    )


def _not_stored(last: str, seen: Observation) -> Refusal:
    return Refusal(
        f"After {last}, {seen.probe}, which nobody had read before, shows an old price: "
        f"{difference(seen.expected, seen.answer)}. The response said that the new one is stored.",
        hint=2,
    )


def _stale(last: str, wrong: Sequence[Observation]) -> Refusal:
    paths = " and ".join(str(seen.probe) for seen in wrong)
    return Refusal(
        f"After {last}, still as before: {paths}. There, "
        f"{difference(wrong[0].expected, wrong[0].answer)}. The new prices are stored, but the "
        "cache does not know that these responses are out of date.",
        hint=3,
    )


def few_statements(evidence: Evidence) -> Refusal | None:
    """By the counts of the wire, and by PostgreSQL's own."""
    changing = [case for case in zip(CASES, evidence.observations, strict=True) if case[0][0]]
    # In its first request over a connection, the driver also asks for the types of parameters.
    for (words, _), seen in changing[1:]:
        if seen.work.statements > STATEMENTS:
            return Refusal(
                f"All answers are right, but {words} took {seen.work.statements:,} SQL statements; "
                f"expected at most {STATEMENTS}.",
                hint=1,
            )
    alone: Alone = evidence.extra["alone"]
    if alone.updates > STATEMENTS:
        return Refusal(
            f"PostgreSQL executed {alone.updates:,} UPDATE statements for {len(PRODUCTS)} prices, "
            f"though fewer were counted on the wire; expected at most {STATEMENTS}.",
            hint=1,
        )
    return None


def waits_for_its_writes(evidence: Evidence) -> Refusal | None:
    """One connection is enough, and the response comes after the commit."""
    alone: Alone = evidence.extra["alone"]
    if alone.status == 503:
        return Refusal(
            "With a pool of a single connection, your endpoint answered with status 503; expected "
            "200. A request that holds one connection while it waits for another brings the shop "
            "to a standstill when many do.",
            hint=2,
        )
    if alone.early:
        return Refusal(
            "Another transaction had locked one of the products, and your endpoint answered with "
            f"status {alone.status} without waiting for it. A response says what is stored, so it "
            "must come after the commit.",
            hint=2,
        )
    if alone.status != 200:
        return Refusal(
            "While another transaction renamed one of the products, your endpoint waited, and then "
            f"answered with status {alone.status}; expected 200.",
            hint=2,
        )
    return None


def keeps_other_writes(evidence: Evidence) -> Refusal | None:
    """What others change meanwhile stays."""
    alone: Alone = evidence.extra["alone"]
    if not alone.renamed:
        return Refusal(
            "While your endpoint changed prices, another transaction renamed one of the products. "
            "Afterwards the new name was gone: your endpoint wrote back a name it had read before. "
            "Write the price, and nothing else.",
            hint=2,
        )
    if not alone.stored:
        return Refusal("Status 200, but the prices in PostgreSQL are not the new ones.", hint=2)
    return None


def invalidates_once(evidence: Evidence) -> Refusal | None:
    """The cache learns of the change in one call, after the commit."""
    alone: Alone = evidence.extra["alone"]
    if not alone.after_commit:
        return Refusal(
            "The cache was invalidated before the new prices were committed. Whoever reads in "
            "between puts the old price into the cache again.",
            hint=3,
        )
    needed = {"products", *(f"product:{number}" for number in PRODUCTS)}
    if missing := needed - frozenset().union(*alone.drops):
        return Refusal(
            f"{len(missing)} of the {len(needed)} tags that show a price were not invalidated, "
            f"such as `{min(missing)}`.",
            hint=3,
        )
    if surplus := frozenset().union(*alone.drops) - needed:
        return Refusal(
            f"{len(surplus)} tags were invalidated that show none of the changed prices, such as "
            f"`{min(surplus)}`. What they tag is read from PostgreSQL again for nothing.",
            hint=3,
        )
    if len(alone.drops) > 1:
        return Refusal(
            f"The cache was invalidated in {len(alone.drops)} calls for {len(PRODUCTS)} prices; "
            "expected a single one. With Redis, each is a round trip.",
            hint=3,
        )
    return None


def no_deadlock(evidence: Evidence) -> Refusal | None:
    """The order in the body does not matter."""
    opposite: Together = evidence.extra["opposite"]
    if set(opposite.statuses) == {200}:
        return None
    return Refusal(
        "Two requests changed the same products at the same time, in opposite orders and at two "
        f"workers. They were answered with {_listed(opposite)}; expected 200 for both. Each had "
        "locked what the other one waited for: a deadlock, which PostgreSQL ends by cancelling "
        "one.",
        hint=4,
    )


def as_one_after_the_other(evidence: Evidence) -> Refusal | None:
    """Many requests at once lead to what they would lead to in some order."""
    seen: Together = evidence.extra.get("crowd", evidence.extra["opposite"])
    if set(seen.statuses) != {200}:
        return Refusal(
            f"{CLIENTS} clients changed the same prices at once and were answered with "
            f"{_listed(seen)}; expected 200 for all. One at a time, all was right: what do "
            "concurrent requests share?",
            hint=2,
        )
    if seen.mixed:
        return Refusal(
            "Several requests changed the same prices at once. Afterwards some prices were those "
            "of one request and some those of another; expected all of one, as if one came after "
            "the other. What do concurrent requests share?",
            hint=2,
        )
    if seen.lost:
        return Refusal(
            "Several requests changed the same products at once, and each one product more. All "
            "were answered with 200, but some of the prices are not stored. Does your endpoint "
            "keep an error to itself?",
            hint=4,
        )
    return None


def _listed(seen: Together) -> str:
    return " and ".join(map(str, sorted(set(seen.statuses))))


EXERCISE = EndpointExercise(
    goal=f"{PATH} changes up to 5,000 prices with at most {STATEMENTS} SQL statements over one "
    "connection: all of them or none, with every unknown id named. Requests for the same products "
    "in different orders all succeed. The cache is invalidated once, after the commit, "
    "and only for what shows one of these prices.",
    after="memory_cache",
    probes=tuple(probe for _, probe in CASES),
    changes=(_patch(_prices(range(1, 31), 66)),),
    trial=trial,
    steps=(
        answers,
        answered_by_learner,
        answers_each_request,
        waits_for_its_writes,
        few_statements,
        keeps_other_writes,
        invalidates_once,
        no_deadlock,
        as_one_after_the_other,
        same_answer_after_changes,
    ),
    hints=(
        "Look at the waterfall of twenty changes: one statement for each. PostgreSQL can take all "
        "ids and all prices as two parameters, each an array. Which statements does the whole "
        "request need, if none of them may be in a loop?",
        "First find out in one statement which of the ids exist, and refuse the request if some "
        "do not. Then change all prices in another one. Both in the session of the request, which "
        "is one transaction, and naming no column but the price.",
        "`changes(session, *tags)` invalidates the tags once the transaction is committed. A price "
        "is shown by what has the tag `products`, such as lists, and by what has "
        "`product:17`, the page of that product.",
        "`SELECT id FROM products WHERE id = ANY(CAST(:ids AS int[])) ORDER BY id FOR NO KEY "
        "UPDATE` finds the products and locks them in the same order for everyone. Then `UPDATE "
        "products SET price = change.price FROM unnest(CAST(:ids AS int[]), CAST(:prices AS "
        "numeric[])) AS change (id, price) WHERE products.id = change.id`.",
    ),
)
