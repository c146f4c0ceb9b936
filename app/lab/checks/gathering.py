"""Tries an answer on live servers, and gathers what the steps of its exercise look at."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from app.course.evidence import Evidence, Observation
from app.course.exercise import Exercise
from app.course.kinds import (
    AnswerExercise,
    DeploymentExercise,
    ExportExercise,
    LoadExercise,
    LocustExercise,
    MiddlewareExercise,
    ServedExercise,
    SharedCacheExercise,
)
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.course.shops import flaws_after, flaws_before
from app.course.steps import served_by_learner
from app.lab.checks.burst import send_burst
from app.lab.checks.conversation import Conversation, token_of
from app.lab.checks.deployment_trial import try_deployment
from app.lab.checks.export_trial import try_export
from app.lab.checks.load_trial import requests_of, try_load
from app.lab.checks.locust_trial import try_locust
from app.lab.checks.middleware_trial import try_middleware
from app.lab.checks.other_database import refuse_other_databases
from app.lab.checks.reference import reference_answers
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.runaways import refuse_beside_runaways
from app.lab.wire.middleware import OBJECTS, QUERIES


async def gather(slug: str, exercise: Exercise, answer: Any, copies: Copies) -> Evidence:
    """What came of trying ``answer``. Raises what the answer raises outside of a request."""
    refuse_beside_runaways()
    found = _shop(slug, exercise)
    match exercise:
        case SharedCacheExercise():
            return await _share(exercise, answer, found, copies)
        case MiddlewareExercise():
            return await _wrap(exercise, answer, found, copies)
        case DeploymentExercise():
            return await try_deployment(exercise, answer, found, copies)
        case ExportExercise():
            return await try_export(exercise, answer, found, copies)
        case ServedExercise():
            return await _serve(exercise, answer, found, copies)
        case LoadExercise():
            return await _load(exercise, answer, found, copies)
        case LocustExercise():
            return await try_locust(exercise, answer, found, copies)
        case AnswerExercise() if exercise.probes:
            with Arm(found, copies) as arm:
                conversation = Conversation(arm)
                return Evidence(answer, await conversation.probe(exercise.probes))
    return Evidence(answer)


def _shop(slug: str, exercise: Exercise) -> Shop:
    """What the answer is tried in."""
    if not isinstance(exercise, ServedExercise):
        return Shop(flaws=flaws_before(slug))
    flaws = flaws_before(slug) if exercise.after is None else flaws_after(exercise.after)
    return Shop(flaws=flaws, settings=exercise.settings)


async def _serve(exercise: ServedExercise, answer: Any, found: Shop, copies: Copies) -> Evidence:
    """The learner's shop and the reference have the same conversation, each on its own copy."""
    with Arm(exercise.apply(answer, found), copies) as mine:
        conversation = Conversation(mine, await reference_answers(exercise, copies))
        asked = {OBJECTS: exercise.count_objects, QUERIES: exercise.explain}
        instruments = [name for name in asked if asked[name]]
        seen = await conversation.probe(exercise.probes, instruments)
        refuse_other_databases(mine)
        concurrent: tuple[Observation, ...] = ()
        changed: tuple[Observation, ...] = ()
        extra: dict[str, Any] = {}
        if may_pass := _may_pass(exercise, seen):
            concurrent = await conversation.concurrently(seen)
            changed = await conversation.change(exercise.changes, exercise.probes)
        bursts = [
            await send_burst(burst, mine.host, token_of(burst, mine)) for burst in exercise.bursts
        ]
        assert mine.settings is not None
        if may_pass or exercise.tried_if_wrong:
            extra = await exercise.try_directly(answer, mine.settings)
    return Evidence(answer, seen, changed, concurrent, tuple(bursts), extra)


async def _share(
    exercise: SharedCacheExercise, answer: Any, found: Shop, copies: Copies
) -> Evidence:
    """The cache by itself first, and in a shop if there is nothing wrong with it so far."""
    copy = copies.acquire()
    try:
        extra = await exercise.try_alone(answer, copies.settings(copy))
    finally:
        copies.release(copy)
    return await _serve_if_right(exercise, answer, found, copies, extra)


async def _wrap(exercise: MiddlewareExercise, answer: Any, found: Shop, copies: Copies) -> Evidence:
    """The middleware by itself first, and around a shop if nothing is wrong with it so far."""
    extra = await try_middleware(exercise, answer)
    return await _serve_if_right(exercise, answer, found, copies, extra)


async def _serve_if_right(
    exercise: SharedCacheExercise | MiddlewareExercise,
    answer: Any,
    found: Shop,
    copies: Copies,
    extra: dict[str, Any],
) -> Evidence:
    """What came of the answer by itself, as ``extra``, and in a shop unless that is refused."""
    evidence = Evidence(answer, extra=extra)
    if any(step(evidence) for step in exercise.first_steps):
        return evidence
    served = await _serve(exercise, answer, found, copies)
    return replace(served, extra={**extra, **served.extra})


def _may_pass(exercise: ServedExercise, seen: Sequence[Observation]) -> bool:
    """Whether to go on. Where the plain responses are refused already, that is what to report."""
    if served_by_learner in exercise.steps and not all(one.by_learner for one in seen):
        return False
    return all(one.as_expected for one in seen)


async def _load(exercise: LoadExercise, answer: Any, found: Shop, copies: Copies) -> Evidence:
    requests = requests_of(answer(Random(2)))
    extra = {
        name: await try_load(requests, found.with_overlay(Overlay(routers=(version,))), copies)
        for name, version in exercise.versions.items()
    }
    return Evidence(answer, extra=extra)
