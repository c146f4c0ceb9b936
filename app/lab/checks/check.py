"""Runs an exercise: tries the answer on a live server, gathers evidence, asks the steps."""

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI

from app.course.catalogue import lesson_named
from app.course.evidence import Evidence, Observation, Probe
from app.course.exercise import Exercise, Refusal
from app.course.overlay import Overlay
from app.course.shops import shop_after, shop_before
from app.course.work import Work
from app.lab.checks.burst import send_burst
from app.lab.checks.opening import opened
from app.lab.checks.outcome import Outcome
from app.lab.checks.stub import is_untouched
from app.lab.serving.exchange import Exchange, exchange
from app.lab.serving.failure import describe
from app.lab.serving.server import Server
from app.shop.settings import Settings

if TYPE_CHECKING:
    pass

_COUNTS = ("statements", "round_trips", "connections", "rows", "redis_commands")


@cache
def exercise_of(slug: str) -> Exercise:
    """The exercise of a lesson, from its ``check.py``."""
    found: Exercise = import_module(f"app.lessons.{slug}.check").EXERCISE
    return found


async def check(slug: str, answer: Any, settings: Settings) -> Outcome:
    """Try ``answer`` and say what came of it. Never raises for what a learner may hand in."""
    exercise = exercise_of(slug)
    if is_untouched(answer, slug):
        return Outcome(slug, "not attempted", f"The cell to edit is as it was. {exercise.goal}")
    refusal = _wrong_kind(exercise, answer)
    evidence = Evidence(answer)
    if refusal is None:
        try:
            evidence = await _gather(slug, exercise, answer, settings)
        except Exception as error:
            refusal = Refusal(f"Your code raised {describe(error)}", outcome="error")
    if refusal is None:
        refusal = next((r for step in exercise.steps if (r := step(evidence))), None)
    counts = _counts(evidence)
    if refusal is not None:
        return Outcome(slug, refusal.outcome, refusal.message, refusal.hint, counts)
    return Outcome(slug, "passed", lesson_named(slug).takeaway, None, counts)


def _wrong_kind(exercise: Exercise, answer: Any) -> Refusal | None:
    kind = type(answer).__name__
    if exercise.seam == "endpoint" and not isinstance(answer, APIRouter):
        return Refusal(f"The check got a {kind}; it expects the APIRouter with your endpoint.")
    if exercise.seam == "resource" and not callable(answer):
        return Refusal(f"The check got a {kind}; it expects your function, not what it returns.")
    if exercise.seam == "load" and not callable(answer):
        return Refusal(f"The check got a {kind}; it expects your function, which makes the load.")
    return None


async def _gather(slug: str, exercise: Exercise, answer: Any, settings: Settings) -> Evidence:
    if exercise.seam == "load":
        return Evidence(answer, extra=await _put_load(slug, exercise, answer, settings))
    if not exercise.probes:
        return Evidence(answer)
    app = _laid_over(slug, exercise, answer, settings)
    with Server(app) as mine, Server(shop_after(None, settings)) as finished:
        seen = [await _observe(probe, mine, finished) for probe in exercise.probes]
        bursts = [await send_burst(burst, mine) for burst in exercise.bursts]
    return Evidence(answer, tuple(seen), tuple(bursts), await _try(exercise, answer, settings))


async def _put_load(
    slug: str, exercise: Exercise, answer: Any, settings: Settings
) -> dict[str, Any]:
    """What the load that ``answer`` makes does to each version, by its name."""
    from app.lab.checks.load_trial import requests_of, try_load

    requests = requests_of(answer(Random(2)))
    return {
        name: await try_load(requests, shop_before(slug, settings, Overlay(routers=(version,))))
        for name, version in exercise.versions.items()
    }


async def _try(exercise: Exercise, answer: Any, settings: Settings) -> dict[str, Any]:
    """What the exercise's own trial saw of a resource, on this thread's event loop."""
    if exercise.trial is None:
        return {}
    database = opened(answer, settings)
    try:
        return await exercise.trial(database)
    finally:
        await database.close()


def _laid_over(slug: str, exercise: Exercise, answer: Any, settings: Settings) -> FastAPI:
    if exercise.seam == "answer":
        return shop_before(slug, settings)
    if exercise.seam == "endpoint":
        return shop_before(slug, settings, Overlay(routers=(answer,)))
    return shop_before(slug, settings, Overlay(database=partial(opened, answer)))


async def _observe(probe: Probe, mine: Server, finished: Server) -> Observation:
    seen = await _ask(mine, probe)
    expected = await _ask(finished, probe)
    return Observation(
        probe=probe,
        status=seen.status,
        answer=seen.answer,
        expected_status=expected.status,
        expected=expected.answer,
        work=seen.work,
        statements=seen.statements,
        by_learner=_is_learners(seen.record.endpoint),
        exception=seen.exception,
    )


async def _ask(server: Server, probe: Probe) -> Exchange:
    return await exchange(server, probe.path, method=probe.method, body=probe.json)


def _is_learners(endpoint: Callable[..., Any] | None) -> bool:
    return endpoint is not None and not endpoint.__module__.startswith("app.")


def _counts(evidence: Evidence) -> dict[str, int]:
    """The counters of the probes together, for a program that reads the outcome."""
    total = sum((seen.work for seen in evidence.observations), Work())
    return {name: getattr(total, name) for name in _COUNTS} if evidence.observations else {}
