"""Runs a learner's locustfile against the shop, as it is and with faults."""

from typing import Any
from weakref import WeakKeyDictionary

from starlette.types import ASGIApp, Receive, Scope, Send

from app.course.evidence import Evidence
from app.course.kinds import LocustExercise
from app.course.kinds.locust import LocustTrial
from app.course.locust import LocustObservation
from app.course.shop import Shop
from app.lab.checks.response_cache import ResponseCache
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.recorder import Recorder
from app.lab.serving.watchdog import watched
from app.lab.tools.locust.plan import Plan
from app.lab.tools.locust.running import run_locust

SECONDS = 30.0
"""For a locustfile that sends too little."""


async def try_locust(exercise: LocustExercise, answer: Any, shop: Shop, copies: Copies) -> Evidence:
    """What came of the trials up to the first one that is refused.

    Raises ``CourseError`` for a locustfile that cannot be read or does not start."""
    evidence = Evidence(answer)
    layers = _Layers(_caches.setdefault(copies, ResponseCache(exercise.cached)))
    with Arm(shop, copies, around=layers.around) as arm:
        for name, trial in exercise.trials.items():
            recorder = layers.begin(trial)
            plan = Plan(
                host=arm.url,
                users=trial.users,
                seconds=SECONDS,
                requests=trial.requests,
                pauses=False,
            )
            results = await watched([arm.host], run_locust(answer, plan))
            seen = LocustObservation(trial.users, results, recorder.visits)
            evidence = Evidence(answer, extra={**evidence.extra, name: seen})
            if any(step(evidence) for step in exercise.steps):
                break
    return evidence


class _Layers:
    """What is around the shop, another fault in each trial."""

    def __init__(self, cache: ResponseCache) -> None:
        self._cache = cache
        self._app: ASGIApp
        self._outermost: ASGIApp

    def around(self, app: ASGIApp) -> ASGIApp:
        self._app = self._outermost = self._cache.around(app)
        return self

    def begin(self, trial: LocustTrial) -> Recorder:
        """Use the layers of that trial from now on."""
        recorder = Recorder()
        self._outermost = recorder.around(trial.around(self._app))
        return recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._outermost(scope, receive, send)


_caches: WeakKeyDictionary[Copies, ResponseCache] = WeakKeyDictionary()
