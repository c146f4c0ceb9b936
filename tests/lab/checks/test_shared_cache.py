"""A cache that several workers share: tried alone, then in processes that probes address."""

import os
from typing import Any

import pytest
from fastapi import APIRouter

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import SharedCacheExercise
from app.course.kinds.cache import OpenCache
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.course.shops import flaws_after
from app.course.steps import answers
from app.lab.checks.conversation import Conversation
from app.lab.checks.gathering import gather
from app.lab.services import Client
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.shop.cache import MemoryCache
from app.shop.dependencies import ReadSession
from app.shop.settings import Settings

HINTS = ("1", "2", "3", "4")
router = APIRouter()


@router.get("/process")
async def process(session: ReadSession) -> int:  # noqa: ARG001
    return os.getpid()


@pytest.fixture(scope="module")
def copies(services: Client) -> Copies:
    if services.redis.url is None:
        pytest.skip("There is no Redis on this machine.")
    return Copies(services)


def open_cache(settings: Settings) -> MemoryCache:
    return MemoryCache(settings.cache_seconds)


def exercise(**parts: Any) -> SharedCacheExercise:
    common: dict[str, Any] = {"goal": "Share.", "hints": HINTS, "trial": trial}
    return SharedCacheExercise(**{**common, "first_steps": (), "steps": (answers,), **parts})


async def trial(opening: OpenCache, settings: Settings) -> dict[str, Any]:
    cache = opening(settings)
    await cache.close()
    return {"kind": type(cache).__name__, "prefix": settings.redis_prefix}


def refuses_memory(evidence: Evidence) -> Refusal | None:
    return Refusal("memory") if evidence.extra["kind"] == "MemoryCache" else None


@pytest.mark.slow
async def test_a_probe_reaches_the_worker_it_names(copies: Copies) -> None:
    overlay = Overlay(routers=(router,), cache=open_cache)
    with Arm(Shop(flaws_after("memory_cache"), overlay, workers=2), copies) as arm:
        conversation = Conversation(arm)
        workers = 1, 2, 1, 2, 3
        seen = await conversation.probe([Probe("/api/process", worker=n) for n in workers])
        one, other, *again = [one.answer for one in seen]
        assert one != other
        assert again == [one, other, one]
        # The counters are those of the process that answered.
        pages = await conversation.probe([Probe("/api/products/1", worker=n) for n in (1, 1, 2)])
    assert [page.first_work.statements for page in pages] == [1, 0, 1]
    assert [page.work.statements for page in pages] == [0, 0, 0]
    assert str(pages[2].probe) == "GET /api/products/1 at worker 2"


async def test_what_is_refused_alone_is_not_served(copies: Copies) -> None:
    probes = (Probe("/api/products/1", worker=1),)
    refusing = exercise(probes=probes, first_steps=(refuses_memory,))
    evidence = await gather("redis_cache", refusing, open_cache, copies)
    assert evidence.extra["kind"] == "MemoryCache"
    assert evidence.observations == ()


@pytest.mark.slow
async def test_what_is_accepted_alone_is_served_in_two_workers(copies: Copies) -> None:
    probes = tuple(Probe("/api/products/1", worker=n) for n in (1, 2))
    evidence = await gather("redis_cache", exercise(probes=probes), open_cache, copies)
    assert [seen.first_work.statements for seen in evidence.observations] == [1, 1]
    assert evidence.extra["prefix"]


async def test_what_the_answer_raises_alone_is_raised(copies: Copies) -> None:
    with pytest.raises(TypeError, match="returned dict, which is not a Cache"):
        await gather("redis_cache", exercise(), lambda _: {}, copies)
