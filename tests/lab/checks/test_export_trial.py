"""An export is tried until something is refused, and every part of the trial is seen."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from anyio import CancelScope
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.course.exports import ExportObservation
from app.course.kinds import ExportExercise
from app.course.kinds.export import OBSERVATION
from app.course.shop import Shop
from app.lab.checks.check import exercise_of
from app.lab.checks.export_trial import try_export
from app.lab.services import Client
from app.lab.serving.copies import Copies
from app.shop.dependencies import DatabaseDep
from app.shop.export.queries import JSON_LINES
from app.shop.fields import Country

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copies(services: Client) -> Copies:
    return Copies(services)


@pytest.fixture(autouse=True)
def a_part_of_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SHORT", "1")


def exercise() -> ExportExercise:
    """That of the lesson, which refuses nothing."""
    found = exercise_of("streaming")
    assert isinstance(found, ExportExercise)
    return replace(found, steps=())


def router_of(*, shielded: bool = True, at_once: int = 1000) -> APIRouter:
    router = APIRouter()

    @router.get("/export/order-lines")
    async def export(database: DatabaseDep, country: Country = None) -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            async with database.driver() as driver:
                try:
                    await driver.execute("BEGIN READ ONLY")
                    cursor = await driver.cursor(JSON_LINES, country)
                    while rows := await cursor.fetch(at_once):
                        yield "".join(f"{row[0]}\n" for row in rows)
                finally:
                    with CancelScope(shield=shielded):
                        await driver.execute("ROLLBACK")

        return StreamingResponse(lines(), media_type="application/jsonl")

    return router


async def seen_of(router: APIRouter, copies: Copies, exercise: ExportExercise) -> ExportObservation:
    evidence = await try_export(exercise, router, Shop(settings=exercise.settings), copies)
    seen: ExportObservation = evidence.extra[OBSERVATION]
    return seen


async def test_every_part_of_the_trial_is_observed(copies: Copies) -> None:
    seen = await seen_of(router_of(), copies, exercise())
    # Otherwise an answer that is out of date would pass.
    assert seen.alone[0].expected < seen.afterwards[0].expected
    assert [one.exact for one in (*seen.alone, *seen.several, *seen.afterwards)] == [True] * 8
    assert seen.stalled is not None
    assert 0 < seen.stalled.flow.peak <= 1000
    assert seen.stalled.in_use == 1
    assert seen.whole is not None
    assert (seen.whole.complete, seen.whole.exact, seen.whole.lines) == (True, True, 60_000)
    assert seen.memory is not None
    assert seen.memory < 20_000_000
    assert (seen.kept, seen.kept_after_error) == (0, 0)
    assert seen.broken is not None
    assert not seen.broken.complete
    assert seen.broken.missing > 0
    assert seen.broken.exception


async def test_a_connection_returned_in_a_transaction_is_in_use(copies: Copies) -> None:
    seen = await seen_of(router_of(shielded=False), copies, exercise())
    assert seen.kept
    assert seen.kept_query.startswith("idle in transaction")


async def test_the_trial_ends_where_too_many_rows_are_in_flight(copies: Copies) -> None:
    seen = await seen_of(router_of(at_once=1_000_000), copies, exercise_of_the_lesson())
    assert seen.stalled is not None
    assert seen.stalled.flow.peak == 60_000
    assert seen.whole is None


def exercise_of_the_lesson() -> ExportExercise:
    found = exercise_of("streaming")
    assert isinstance(found, ExportExercise)
    return found


async def test_what_is_collected_late_is_not_in_use(copies: Copies) -> None:
    """A generator that nobody closes is closed when it is collected."""

    class Cycle:
        """Keeps a generator until the garbage is collected."""

        def __init__(self, generator: AsyncIterator[str]) -> None:
            self.generator = generator
            self.itself = self

        def __aiter__(self) -> "Cycle":
            return self

        async def __anext__(self) -> str:
            return await self.generator.__anext__()

    router = router_of()
    endpoint = router.routes[0].endpoint  # type: ignore[attr-defined]
    cyclic = APIRouter()

    @cyclic.get("/export/order-lines")
    async def export(database: DatabaseDep, country: Country = None) -> StreamingResponse:
        response = await endpoint(database, country)
        return StreamingResponse(Cycle(response.body_iterator), media_type="application/jsonl")

    seen = await seen_of(cyclic, copies, exercise())
    assert seen.kept == 0
