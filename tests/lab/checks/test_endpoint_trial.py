"""An exercise with an endpoint that is tried in a shop with a cache, and in applications of its
own."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter

from app.course.evidence import Evidence, Probe
from app.course.kinds import EndpointExercise
from app.lab.checks.gathering import gather
from app.lab.services import Client
from app.lab.serving.copies import Copies
from app.shop.dependencies import CacheDep
from app.shop.settings import Settings

router = APIRouter()


@router.get("/categories")
async def name_of_the_cache(cache: CacheDep) -> str:
    return type(cache).__name__


@pytest.fixture(scope="module")
def copies(services: Client) -> Iterator[Copies]:
    return Copies(services)  # type: ignore[return-value]


async def evidence_of(copies: Copies, answer: APIRouter, **options: Any) -> Evidence:
    exercise = EndpointExercise(
        goal="It works.",
        steps=(),
        hints=("", "", "", ""),
        probes=(Probe("/api/categories"),),
        **options,
    )
    return await gather("bulk_insert", exercise, answer, copies)


@pytest.mark.parametrize(("after", "cache"), [(None, "NoCache"), ("memory_cache", "MemoryCache")])
async def test_it_is_part_of_the_shop_after_a_lesson(
    copies: Copies, after: str | None, cache: str
) -> None:
    (seen,) = (await evidence_of(copies, router, after=after)).observations
    assert seen.answer == cache


async def test_a_trial_gets_the_router_and_the_settings_of_the_shop(copies: Copies) -> None:
    tried: list[APIRouter] = []

    async def trial(answer: APIRouter, settings: Settings) -> dict[str, Any]:
        tried.append(answer)
        return {"database_url": settings.database_url}

    right = APIRouter()
    evidence = await evidence_of(copies, right, trial=trial)
    assert tried == [right]
    assert "course_" in evidence.extra["database_url"]
    assert (await evidence_of(copies, right)).extra == {}
    # What answers wrongly is not tried: the wrong answers are what to report.
    assert (await evidence_of(copies, router, trial=trial)).extra == {}
    assert tried == [right]
