"""The frameworks lesson: the page of its exercise, and what its check observes."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from random import Random

import pytest
from fastapi import APIRouter

from app.course.errors import CourseError
from app.course.evidence import Evidence
from app.course.loads import LoadObservation
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.course.shops import flaws_before, shop_before
from app.course.work import Work
from app.lab.checks.load_trial import MOST_REQUESTS, REQUESTS, drawn, requests_of, try_load
from app.lab.load import Request
from app.lab.load.sample import MOST_SAMPLED, sampled
from app.lab.services import connect
from app.lab.serving.copies import Copies
from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.lab.session import Lab
from app.lessons.frameworks.catalogue import PRODUCTS
from app.lessons.frameworks.check import EXERCISE, finds_nothing
from app.lessons.frameworks.sales import MOST, by_orm, by_sql
from app.shop.settings import Settings
from tests.course.rungs import leased


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with leased() as settings:
        yield settings


@pytest.fixture(scope="module")
def copies() -> Iterator[Copies]:
    with connect("tests of the frameworks lesson") as client:
        yield Copies(client)


def version(router: APIRouter) -> Shop:
    return Shop(flaws_before("frameworks"), Overlay(routers=(router,)))


async def test_both_versions_of_the_page_return_the_same(settings: Settings) -> None:
    orm = Server(shop_before("frameworks", settings, Overlay(routers=(by_orm,))))
    sql = Server(shop_before("frameworks", settings, Overlay(routers=(by_sql,))))
    try:
        for product in (1, 17, 1234, PRODUCTS, PRODUCTS + 1, 1_000_000):
            path = f"/api/products/{product}/sales"
            for server in (orm, sql):
                await exchange(server, path)
            first, second = await exchange(orm, path), await exchange(sql, path)
            assert (first.status, first.answer) == (second.status, second.answer)
            assert first.status == (200 if product <= PRODUCTS else 404)
            # The trap of the exercise: a page without sales costs both the same.
            assert first.work.statements == second.work.statements
        assert len((await exchange(orm, "/api/products/17/sales")).answer) == MOST
        assert (await exchange(orm, "/api/products/17/sales")).work.rows == MOST + 1
        assert (await exchange(sql, "/api/products/17/sales")).work.rows == 2
    finally:
        orm.stop()
        sql.stop()


@pytest.mark.slow
async def test_a_trial_counts_requests_statuses_and_work(copies: Copies) -> None:
    load = [
        Request("/api/products/17/sales", weight=3),
        Request("/api/products/9999/sales"),
        Request("/api/products/9998/sales", statuses=(200, 499)),
    ]
    seen = await try_load(load, version(by_orm), copies)
    assert seen.requests == seen.counted + seen.failed == seen.work.requests == REQUESTS
    assert set(seen.requested) == {request.path for request in load}
    assert seen.statuses[200] == seen.requested["/api/products/17/sales"]
    assert seen.failed == seen.requested["/api/products/9999/sales"]
    assert seen.requested["/api/products/17/sales"] > 2 * seen.failed
    assert seen.work.rows == seen.statuses[200] * (MOST + 1)


async def test_the_broken_version_finds_nothing(copies: Copies) -> None:
    seen = await try_load([Request("/api/products/17/sales")], version(finds_nothing), copies)
    assert dict(seen.statuses) == {404: REQUESTS}
    assert (seen.counted, seen.failed) == (0, REQUESTS)


def pages(products: Iterable[int]) -> list[Request]:
    return [Request(f"/api/products/{number}/sales") for number in products]


def test_requests_are_drawn_in_proportion_to_their_weights() -> None:
    mix = [Request("/most", weight=3), Request("/some"), Request("/never", weight=1e-9)]
    requested = Counter(request.path for request in drawn(mix))
    assert requested == {"/most": REQUESTS * 3 // 4, "/some": REQUESTS // 4}


@pytest.mark.parametrize("count", [100, REQUESTS // 2 + 1, REQUESTS])
def test_every_request_is_drawn_if_there_are_few_enough(count: int) -> None:
    load = pages(range(1, count + 1))
    assert set(drawn(load)) == set(load)


def test_draws_come_from_the_whole_catalogue() -> None:
    """Although it has many times more products than there are requests."""
    load = drawn(pages(range(1, PRODUCTS + 1)))
    assert len(set(load)) == REQUESTS
    requested = Counter(request.path for request in load)
    seen = observed(dict(requested), counted=REQUESTS, statuses={200: REQUESTS})
    assert refusal(seen) is None


def observed(
    requested: dict[str, int], *, counted: int, statuses: dict[int, int]
) -> LoadObservation:
    return LoadObservation(requested, statuses, counted, 0, Work(requests=1))


def refusal(sound: LoadObservation, counted_of_broken: int = 0) -> str | None:
    broken = observed({}, counted=counted_of_broken, statuses={})
    evidence = Evidence(None, extra={"sound": sound, "finds nothing": broken})
    found = (step(evidence) for step in EXERCISE.steps)
    return next((one.message for one in found if one), None)


def good(products: range) -> LoadObservation:
    requested = {f"/api/products/{number}/sales": 1 for number in products}
    return observed(requested, counted=len(requested), statuses={200: len(requested)})


def test_the_check_requires_requests_from_the_whole_catalogue() -> None:
    assert refusal(good(range(1, PRODUCTS, 30))) is None
    assert "All requests are answered, but" in str(refusal(good(range(1, PRODUCTS, 60))))
    assert "1 to 952" in str(refusal(good(range(953, PRODUCTS))))
    assert "2,857 to 3,808" in str(refusal(good(range(1, 2_857))))
    assert "counted as answers; expected 0" in str(refusal(good(range(1, PRODUCTS, 30)), 7))


def test_the_check_rejects_a_single_404() -> None:
    seen = good(range(1, PRODUCTS, 10))
    mixed = observed(dict(seen.requested), counted=380, statuses={200: 380, 404: 1})
    assert "had status 404" in str(refusal(mixed))


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("/api/products", "this is a str"),
        (None, "this is a NoneType"),
        ([], "this list is empty"),
        (iter(()), "this tuple_iterator is empty"),
        ({"/": 1}, "this is a dict"),
        ([Request("/"), "/"], "there is a str in it"),
    ],
)
def test_a_load_that_is_not_a_list_of_requests_is_rejected(load: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        requests_of(load)


@pytest.mark.parametrize("kind", [list, tuple, iter, set, dict.fromkeys, deque])
def test_any_iterable_of_requests_is_a_load(kind: Callable[[list[Request]], object]) -> None:
    requests = [Request(f"/{number}") for number in range(3)]
    load = kind(requests)
    if isinstance(load, dict):
        load = load.keys()
    assert sorted(one.path for one in requests_of(load)) == ["/0", "/1", "/2"]
    assert requests_of(requests[0]) == (requests[0],)


def test_an_infinite_load_is_truncated() -> None:
    assert len(requests_of(Request(f"/{number}") for number in count())) == MOST_REQUESTS


def test_a_large_load_is_sampled_by_weight() -> None:
    heavy = Request("/heavy", weight=5_000)
    mix = [*(Request(f"/{number}") for number in range(5_000)), heavy]
    seen = sampled(mix)
    assert len(seen) == len(set(seen)) == MOST_SAMPLED
    assert heavy in seen
    assert sampled(mix) == seen
    assert drawn(mix).count(heavy) > REQUESTS / 3


@pytest.mark.slow
async def test_compare_accepts_a_mix_of_requests(lab: Lab) -> None:
    await lab.start("frameworks")
    random = Random(1)
    load = [Request(f"/api/products/{random.randint(1, PRODUCTS)}/sales") for _ in range(20)]
    found = await lab.compare(load, {"orm": by_orm, "sql": by_sql})
    assert all(not arm.errors for arm in found.measurements.values()), found.problems
    assert found.work["sql"]["rows"] == 2 < found.work["orm"]["rows"]
    with pytest.raises(CourseError, match="a list of Request"):
        await lab.compare(["/api/products"], {"orm": by_orm})  # type: ignore[list-item]


@pytest.mark.slow
async def test_the_lab_measures_frameworks_and_pydantic(lab: Lab) -> None:
    """With the frameworks that need neither Node nor Go."""
    found = await lab.frameworks(only=["fastapi", "flask"])
    ratio = found.ratio("flask", "constant")
    assert ratio is not None
    rates = [
        [window.rps for window in row.measurement.windows]
        for row in (found.row("fastapi", "constant"), found.row("flask", "constant"))
        if row
    ]
    product = 1.0
    for fastapi, flask in zip(*rates, strict=True):
        product *= flask / fastapi
    assert ratio.ratio == pytest.approx(product ** (1 / len(rates[0])))
    assert found.ratio("gin", "constant") is None
    text, html = str(found.ratios()), found.ratios()._repr_html_()
    assert "0.19×" in text  # the article's 8,000 over its 42,000
    assert "Flask 0.19×" in html
    assert "Gin" not in re.sub(r'src="[^"]*"', "", html)  # a picture's text may spell anything
    compared = lab.pydantic(seconds=0.2)
    assert compared.problem or len(compared.rows) == 6
