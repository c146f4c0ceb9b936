"""Tries a learner's configuration: the shop is started with it, and lives through a release."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from app.course.deployments import DeploymentObservation, Plan
from app.course.evidence import Evidence
from app.course.kinds import DeploymentExercise
from app.course.kinds.deployment import OBSERVATION
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.serving.connection_limit import connection_limit
from app.lab.serving.copies import Copies
from app.lab.tools.deployment.deployment import Deployment, DeploymentError
from app.lab.tools.deployment.managers import Manager, manager_named
from app.lab.tools.deployment.requests import Replies, Reply, request
from app.lab.tools.deployment.restart import LOOK_SECONDS, PATH, check_restartable
from app.lab.tools.deployment.trial_routes import STREAMING, WRITING, router
from app.shop.settings import Settings

_ORDINARY = 40
"""Requests, one after the other."""
_MOST_CLIENTS = 100
"""Of a kind that are started, where not every worker gets one."""
_REPLACING_SECONDS = 120.0
_LONG_SECONDS = 300.0
_STREAM, _WRITE = "/api/trial/stream", "/api/trial/write"


async def try_deployment(
    exercise: DeploymentExercise, answer: Mapping[str, Any], found: Shop, copies: Copies
) -> Evidence:
    """What came of the trial, up to the first part that a step refuses.

    Raises ``CourseError`` for a manager, setting or option that there is not."""
    answer = dict(answer)  # whatever a subclass says the next time
    manager = manager_named(answer.get("manager", "uvicorn"))
    workers = answer.get("workers", 1)
    # A write waits for its worker to be replaced, which takes long on a busy machine.
    patient = found.with_settings({"request_timeout": _LONG_SECONDS})
    shop = patient.with_settings(answer.get("settings", {})).with_workers(workers)
    shop = shop.with_overlay(Overlay(routers=(router,)))
    copy = copies.acquire()
    copy.written_elsewhere = True
    try:
        settings = shop.configured(copies.settings(copy))
        trial = _Trial(exercise, answer, _plan(manager, settings, answer))
        await trial.run(manager, shop, settings)
        return trial.evidence
    finally:
        copies.release(copy)


def _plan(manager: Manager, settings: Settings, answer: Mapping[str, Any]) -> Plan:
    return Plan(
        manager.title,
        settings.workers,
        settings.pool_size,
        manager.overlap(settings.workers),
        manager.grace(answer.get("options", {})),
    )


class _Trial:
    def __init__(self, exercise: DeploymentExercise, answer: Any, plan: Plan) -> None:
        self._exercise = exercise
        self._options = answer.get("options", {})
        self._seen = DeploymentObservation(plan)
        self._shop: Deployment
        self.evidence = Evidence(answer, extra={OBSERVATION: self._seen})

    async def run(self, manager: Manager, shop: Shop, settings: Settings) -> None:
        if self._refused:
            return
        async with AsyncExitStack() as stack:
            limited = connection_limit(settings.database_url, self._exercise.max_connections)
            url = await stack.enter_async_context(limited)
            settings = settings.model_copy(update={"database_url": url})
            try:
                self._shop = await stack.enter_async_context(
                    Deployment(
                        manager, shop, settings, workers=settings.workers, options=self._options
                    )
                )
            except DeploymentError as error:
                self._seen.failure = str(error)
                return
            for part in (self._memory, self._idle, self._release):
                await part()
                if self._refused:
                    return

    @property
    def _refused(self) -> bool:
        return any(step(self.evidence) for step in self._exercise.steps)

    async def _memory(self) -> None:
        memory = self._shop.memory.values()
        self._seen.own_memory = max((one.own for one in memory), default=None)

    async def _idle(self) -> None:
        async with self._shop.idle_clients(self._exercise.idle_clients):
            replies = [await request(self._shop.url, PATH) for _ in range(_ORDINARY)]
        self._seen.beside_idle = dict(Replies(replies).statuses)

    async def _release(self) -> None:
        check_restartable(self._shop)
        url, writes = self._shop.url, list[asyncio.Task[Reply]]()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:

            async def stall() -> None:
                await stack.enter_async_context(self._shop.stalled_client(_STREAM))

            async def write() -> None:
                writing = request(url, _WRITE, method="POST", patience=_LONG_SECONDS)
                writes.append(tasks.create_task(writing))

            await self._in_every_worker(STREAMING, stall)
            begun = await self._in_every_worker(WRITING, write)
            # A write that is over by now has been refused, or cut off by the shop itself.
            if begun and not any(one.done() for one in writes):
                self._seen.restart = await self._shop.restart(patience=_REPLACING_SECONDS)
        self._seen.writes = dict(Replies(one.result() for one in writes).statuses)

    async def _in_every_worker(self, kind: str, begin: Callable[[], Awaitable[None]]) -> bool:
        """Begin one after the other until every worker has reported one, and whether they have."""
        for _ in range(_MOST_CLIENTS):
            if set(self._shop.pids) <= set(self._shop.journal.pids(kind)):
                return True
            await begin()
            await asyncio.sleep(LOOK_SECONDS)
        return False
