"""The sick page: its faults, whom they are drawn for, and what the counters say of each."""

from collections import Counter

import pytest

from app.course.kinds import DiagnosisExercise
from app.course.kinds.several import Several
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.serving.exchange import Exchange, exchange
from app.lab.serving.explain import explain
from app.lab.serving.plans import Plans
from app.lab.serving.server import Server
from app.lab.wire.middleware import QUERIES
from app.lessons.profiling import first, second
from app.lessons.profiling.check import EXERCISE, FACTOR, rows_shown
from app.lessons.profiling.faults import BLOCKS, CANDIDATES, FUNCTIONS, READS, drawn
from app.lessons.profiling.page import Page
from app.lessons.profiling.trial import trial
from app.shop.settings import Settings

PATH = "/api/orders?limit=3"


def seed_with(symptom: str, name: str) -> int:
    return next(seed for seed in range(1000) if drawn(seed)[symptom] == name)


def test_neighbours_have_different_faults() -> None:
    combinations = Counter(tuple(drawn(seed).values()) for seed in range(2000))
    assert len(combinations) == 81
    assert combinations.most_common(1)[0][1] < 60  # 25 are expected
    assert drawn(7) == drawn(7)


@pytest.mark.parametrize("symptom", CANDIDATES)
def test_a_fault_is_in_one_version_of_its_function(symptom: str) -> None:
    for name in CANDIDATES[symptom]:
        page = Page(seed_with(symptom, name))
        sick = getattr(page.functions, name)
        sound = getattr(Page(0, without=FUNCTIONS).functions, name)
        assert {sick, sound} == {getattr(first, name), getattr(second, name)}


async def seen_of(page: Page | None, settings: Settings) -> tuple[Exchange, Plans]:
    """The orders page of the finished shop, or the sick page in its place, and its plans."""
    overlay = Overlay() if page is None else Overlay(routers=(page.router,))
    with Server(Shop(overlay=overlay).build(settings)) as server:
        await exchange(server, PATH)
        if page is not None:
            page.carrier.calls.clear()
            page.carrier.on_loop.clear()
        seen = await exchange(server, PATH, instruments=[QUERIES])
    return seen, await explain(settings.database_url, seen.trace.queries)


async def test_the_page_answers_as_the_shop_does_whatever_is_at_fault(
    settings_without_redis: Settings,
) -> None:
    expected, _ = await seen_of(None, settings_without_redis)
    for seed in range(4):
        page = Page(seed)
        seen, plans = await seen_of(page, settings_without_redis)
        assert seen.answer == expected.answer
        assert page.carrier.on_loop == [drawn(seed)[BLOCKS].replace("_", " ")]
        assert len(page.carrier.calls) == 3
        most = max(plans, key=lambda one: one.rows_read)
        assert most.sent_by.startswith(f"{drawn(seed)[READS]} ")
        assert plans.rows_read > 3000 > FACTOR * rows_shown(seen.answer)


async def test_without_its_faults_the_page_reads_what_it_shows_and_blocks_nobody(
    settings_without_redis: Settings,
) -> None:
    page = Page(0, without=FUNCTIONS)
    seen, plans = await seen_of(page, settings_without_redis)
    assert page.carrier.on_loop == []
    assert plans.rows_read <= FACTOR * rows_shown(seen.answer)


@pytest.mark.parametrize("seed", [0, 1, 2])
async def test_the_trial_tells_the_faults_of_the_seed(shared: Settings, seed: int) -> None:
    blocking, reading = drawn(seed)[BLOCKS], drawn(seed)[READS]
    sound = Page(seed, without=FUNCTIONS).functions
    for functions, on_loop in (((), 1), ((getattr(sound, blocking), getattr(sound, reading)), 0)):
        found = (await trial(seed, functions, shared))["diagnosed"]
        assert found.faults == drawn(seed)
        assert sum(found.alone.on_loop.values()) == on_loop
        assert sum(found.together.on_loop.values()) == 40 * on_loop
        assert not found.changed.wrong


def test_an_answer_for_another_seed_is_refused() -> None:
    assert isinstance(EXERCISE, DiagnosisExercise)
    mine = EXERCISE.drawn(5)
    assert (mine.seed, EXERCISE.seed) == (5, 0)
    assert mine.wrong_type(Several(({}, []))) is None
    assert mine.wrong_type(Several(({"nonsense": "x"}, []))) is not None
    assert mine.wrong_type(Several(({}, [3]))) is not None
    assert mine.wrong_type({}) is not None


@pytest.mark.parametrize("name", [*CANDIDATES["compares everything with everything"]])
def test_both_versions_of_a_loop_do_the_same(name: str) -> None:
    def rows() -> tuple[list[dict[str, int]], list[dict[str, int]], list[dict[str, int]]]:
        lines = [{"id": n, "order_id": n % 3, "product_id": n % 5} for n in range(20)]
        return [{"id": n} for n in range(3)], lines, [{"id": n} for n in range(5)]

    results = []
    for version in (first, second):
        orders, lines, products = rows()
        given = {
            "product_ids": (lines,),
            "attach_products": (lines, products),
            "attach_lines": (orders, lines),
        }[name]
        results.append((getattr(version, name)(*given), orders, lines))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("clean_name", "Red mug ##sold out", "Red mug"),
        ("clean_name", "Red mug, large", "Red mug, large"),
        ("clean_sku", "85123A#12", "85123A"),
        ("clean_sku", "85123A", "85123A"),
        ("clean_country", "France (FR)", "France"),
        ("clean_country", "United Kingdom", "United Kingdom"),
    ],
)
def test_both_versions_of_an_expression_do_the_same(name: str, text: str, expected: str) -> None:
    assert getattr(first, name)(text) == getattr(second, name)(text) == expected
