"""Each kind of exercise, tried on real servers: what it accepts and what it refuses."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi import APIRouter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.course.errors import CourseError
from app.course.evidence import Change, Evidence, Probe
from app.course.exercise import Exercise, Refusal
from app.course.kinds import (
    CacheExercise,
    EndpointExercise,
    ExportExercise,
    MiddlewareExercise,
    PackageExercise,
    ProcessExercise,
    SchemaExercise,
    ServedExercise,
    Several,
    SeveralExercise,
)
from app.course.kinds.cache import OpenCache
from app.course.steps import (
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
    served_by_learner,
)
from app.lab.checks.gathering import gather
from app.lab.services import Client
from app.lab.serving.copies import Copies
from app.shop.cache import MemoryCache
from app.shop.cache.protocol import Make
from app.shop.dependencies import ReadSession
from app.shop.models import Category
from app.shop.settings import Settings

COMMON: dict[str, Any] = {
    "goal": "It works.",
    "steps": (same_answer, same_answer_concurrently, same_answer_after_changes),
    "hints": ("", "", "", ""),
}
CATEGORY = Probe("/api/categories")
RENAMED = Change("UPDATE categories SET name = 'Renamed' WHERE id = 1")
PRODUCT = Probe("/api/products/1")
PRICED = Probe("/api/products/1", "PATCH", {"price": "12.34"}, account=1, scopes=("catalog:write",))


@pytest.fixture(scope="module")
def copies(services: Client) -> Iterator[Copies]:
    return Copies(services)  # type: ignore[return-value]


async def judged(
    exercise: Exercise, answer: Any, copies: Copies, lesson: str = "eager_loading"
) -> tuple[Evidence, Refusal | None]:
    evidence = await gather(lesson, exercise, answer, copies)
    refusals = [refusal for step in exercise.steps if (refusal := step(evidence))]
    return evidence, refusals[0] if refusals else None


def endpoint(body: Any) -> APIRouter:
    router = APIRouter()

    @router.get("/categories")
    async def categories(session: ReadSession) -> Any:
        return await body(session)

    return router


async def from_database(session: ReadSession) -> Any:
    from sqlalchemy import select

    found = await session.scalars(select(Category).order_by(Category.id))
    return [{"id": category.id, "name": category.name} for category in found]


ENDPOINT = EndpointExercise(probes=(CATEGORY,), changes=(RENAMED,), **COMMON)


async def test_an_endpoint_that_reads_each_time_passes(copies: Copies) -> None:
    evidence, refusal = await judged(ENDPOINT, endpoint(from_database), copies)
    assert refusal is None
    assert served_by_learner(evidence) is None
    assert len(evidence.concurrent) == 4
    assert [seen.after for seen in evidence.after_changes] == [RENAMED.sql]


async def test_an_endpoint_that_remembers_is_out_of_date(copies: Copies) -> None:
    kept: list[Any] = []

    async def remembering(session: ReadSession) -> Any:
        if not kept:
            kept.append(await from_database(session))
        return kept[0]

    _, refusal = await judged(ENDPOINT, endpoint(remembering), copies)
    assert refusal is not None
    assert "After UPDATE categories" in refusal.message
    assert "[0].name" in refusal.message


async def test_an_endpoint_that_requests_share_is_wrong_in_a_crowd(copies: Copies) -> None:
    inside = 0

    async def shared(session: ReadSession) -> Any:
        nonlocal inside
        inside += 1
        try:
            found = await from_database(session)
            return found if inside == 1 else []
        finally:
            inside -= 1

    _, refusal = await judged(ENDPOINT, endpoint(shared), copies)
    assert refusal is not None
    assert "With several customers at once" in refusal.message


async def test_what_is_wrong_the_first_time_is_wrong(copies: Copies) -> None:
    """Right only because it was requested twice."""
    warm: list[bool] = []

    async def warming(session: ReadSession) -> Any:
        warm.append(True)
        return await from_database(session) if len(warm) > 1 else []

    _, refusal = await judged(ENDPOINT, endpoint(warming), copies)
    assert refusal is not None
    assert "has 0 items" in refusal.message


CACHE = CacheExercise(probes=(PRODUCT,), changes=(PRICED,), **COMMON)


class Forgetful(MemoryCache):
    """It keeps what was dropped."""

    async def drop(self, tags: Any) -> None:
        pass


async def test_a_cache_is_judged_by_what_is_served_after_a_write(copies: Copies) -> None:
    def opened(settings: Settings) -> MemoryCache:
        return MemoryCache(settings.cache_seconds)

    def forgetful(settings: Settings) -> MemoryCache:
        return Forgetful(settings.cache_seconds)

    evidence, refusal = await judged(CACHE, opened, copies, "redis_cache")
    assert refusal is None
    assert evidence.observations[0].work.statements == 0
    _, refusal = await judged(CACHE, forgetful, copies, "redis_cache")
    assert refusal is not None
    assert "out of date" in refusal.message


async def test_a_cache_is_tried_where_the_shop_uses_one(copies: Copies) -> None:
    """As ``memory_cache`` finds the shop, it never calls its cache."""
    asked: list[str] = []

    class Counting(MemoryCache):
        async def get_or_make(self, key: str, tags: Any, make: Make) -> bytes | None:
            asked.append(key)
            return await super().get_or_make(key, tags, make)

    def opened(settings: Settings) -> Counting:
        return Counting(settings.cache_seconds)

    await judged(CACHE, opened, copies, "memory_cache")
    assert asked == []
    _, refusal = await judged(replace(CACHE, after="memory_cache"), opened, copies, "memory_cache")
    assert refusal is None
    assert asked


async def test_an_answer_is_tried_with_the_settings_of_its_exercise(copies: Copies) -> None:
    opened: list[float] = []

    def open_cache(settings: Settings) -> MemoryCache:
        opened.append(settings.cache_seconds)
        return MemoryCache(settings.cache_seconds)

    await judged(replace(CACHE, settings={"cache_seconds": 7.0}), open_cache, copies)
    assert set(opened) == {7.0}


async def test_a_trial_opens_caches_with_settings_of_its_own(copies: Copies) -> None:
    opened: list[float] = []

    def open_cache(settings: Settings) -> MemoryCache:
        opened.append(settings.cache_seconds)
        return MemoryCache(settings.cache_seconds)

    async def trial(open_one: OpenCache, settings: Settings) -> dict[str, Any]:
        made = [open_one(settings.model_copy(update={"cache_seconds": n})) for n in (7.0, 8.0)]
        for cache in made:
            await cache.close()
        return {"caches": len(made)}

    evidence, _ = await judged(replace(CACHE, trial=trial), open_cache, copies, "redis_cache")
    assert evidence.extra == {"caches": 2}
    assert opened[-2:] == [7.0, 8.0]


async def test_what_is_no_cache_is_named(copies: Copies) -> None:
    assert CACHE.wrong_type(object()) is not None
    with pytest.raises(TypeError, match="returned dict, which is not a Cache: it lacks"):
        await judged(CACHE, lambda _: {}, copies)


@pytest.mark.slow
async def test_a_cache_in_two_workers(copies: Copies) -> None:
    """A class of this test goes to the processes by value."""

    class Counting(MemoryCache):
        seen: ClassVar[list[str]] = []

        async def get_or_make(self, key: str, tags: Any, make: Make) -> bytes | None:
            self.seen.append(key)
            return await super().get_or_make(key, tags, make)

    exercise = CacheExercise(probes=(PRODUCT,), workers=2, **COMMON)
    evidence, refusal = await judged(
        exercise, lambda settings: Counting(settings.cache_seconds), copies, "redis_cache"
    )
    assert refusal is None
    assert evidence.observations[0].status == 200
    assert Counting.seen == []


class Marking:
    """A middleware that says it was there, and shortens some answers if told to."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-marked", b"yes")]
            await send(message)

        await self.app(scope, receive, marked if scope["type"] == "http" else send)


async def test_a_middleware_is_seen_over_the_socket(copies: Copies) -> None:
    exercise = MiddlewareExercise(probes=(PRODUCT,), **COMMON)
    evidence, refusal = await judged(exercise, Marking, copies)
    assert refusal is None
    [seen] = evidence.observations
    assert (seen.headers["x-marked"], "x-marked" in seen.expected_headers) == ("yes", False)
    assert exercise.wrong_type("Marking") is not None


async def test_a_process_is_settings(copies: Copies) -> None:
    exercise = ProcessExercise(probes=(PRODUCT,), **COMMON)
    _, refusal = await judged(exercise, {"pool_size": 3}, copies)
    assert refusal is None
    assert exercise.wrong_type([("pool_size", 3)]) is not None
    with pytest.raises(CourseError, match="no setting 'threads'"):
        await judged(exercise, {"threads": 3}, copies)
    with pytest.raises(CourseError, match="workers is the number of processes"):
        await judged(exercise, {"workers": 0}, copies)


async def test_a_schema_is_changed_for_the_learner_alone(copies: Copies) -> None:
    exercise = SchemaExercise(probes=(CATEGORY,), **COMMON)
    _, refusal = await judged(exercise, "CREATE INDEX ON orders (country)", copies)
    assert refusal is None
    _, refusal = await judged(exercise, ["UPDATE categories SET name = name || id"], copies)
    assert refusal is not None
    assert exercise.wrong_type(["CREATE INDEX", 3]) is not None


async def test_a_package_is_read_afresh(copies: Copies, tmp_path: Path) -> None:
    exercise = PackageExercise(probes=(CATEGORY,), **COMMON)
    package = tmp_path / "mine"
    assert "is not a package" in str(exercise.wrong_type(package))
    package.mkdir()
    module = package / "__init__.py"
    module.write_text("")
    assert exercise.wrong_type(package) is None
    with pytest.raises(TypeError, match="is a NoneType; expected an Overlay"):
        await judged(exercise, package, copies)
    for answer, passes in (("[]", False), ("await session.scalar(QUERY)", True)):
        module.write_text(PACKAGE.replace("ANSWER", answer))
        evidence, refusal = await judged(exercise, package, copies)
        assert (refusal is None) == passes
        assert served_by_learner(evidence) is None


PACKAGE = """
from fastapi import APIRouter
from sqlalchemy import text

from app.course.overlay import Overlay
from app.shop.dependencies import ReadSession

QUERY = text("SELECT json_agg(json_build_object('id', id, 'name', name) ORDER BY id) "
             "FROM categories")
router = APIRouter()


@router.get("/categories")
async def categories(session: ReadSession):
    return ANSWER


OVERLAY = Overlay(routers=(router,))
"""


async def test_several_answers_become_one_shop(copies: Copies) -> None:
    exercise = SeveralExercise(
        parts=(EndpointExercise(**COMMON), CacheExercise(**COMMON)), probes=(CATEGORY,), **COMMON
    )
    opened: list[Settings] = []

    def open_cache(settings: Settings) -> MemoryCache:
        opened.append(settings)
        return MemoryCache(settings.cache_seconds)

    evidence, refusal = await judged(
        exercise, Several((endpoint(from_database), open_cache)), copies
    )
    assert refusal is None
    assert served_by_learner(evidence) is None
    assert len(opened) == 1
    assert "received 1 of 2 answers" in str(exercise.wrong_type(endpoint(from_database)))
    assert "expected your function" in str(
        exercise.wrong_type(Several((endpoint(from_database), "cache")))
    )


def served_exercises() -> list[ServedExercise]:
    from app.course.catalogue import written_lessons
    from app.lab.checks.check import exercise_of

    found = [(lesson.slug, exercise_of(lesson.slug)) for lesson in written_lessons()]
    return [
        pytest.param(one, id=slug)  # type: ignore[misc]
        for slug, one in found
        # An export is tried with changes of its own.
        if isinstance(one, ServedExercise) and not isinstance(one, ExportExercise)
    ]


@pytest.mark.parametrize("exercise", served_exercises())
async def test_every_change_shows_in_some_probe(exercise: ServedExercise, copies: Copies) -> None:
    """Otherwise an answer that is out of date would pass."""
    from app.lab.checks.conversation import Conversation
    from app.lab.checks.reference import REFERENCE
    from app.lab.serving.arm import Arm

    assert exercise.changes
    with Arm(REFERENCE, copies) as reference:
        conversation = Conversation(reference)
        answers = {seen.probe: seen.expected for seen in await conversation.probe(exercise.probes)}
        moved = await conversation.change(exercise.changes, exercise.probes)
    for change in exercise.changes:
        after = {seen.probe: seen.expected for seen in moved if seen.after == str(change)}
        assert any(after[probe] != answers[probe] for probe in after), change
        answers |= after
