"""A rolling restart under load: every worker is replaced while customers keep asking."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic, perf_counter
from typing import Protocol

from app.course.deployments import Restart
from app.course.errors import CourseError
from app.lab.tools.deployment.journal import LOADED, Journal
from app.lab.tools.deployment.managers import Manager
from app.lab.tools.deployment.requests import request

PATH = "/api/products/1"
CUSTOMERS = 4
LOOK_SECONDS = 0.02
PAUSE_SECONDS = 0.05
"""Of a customer, so that the load leaves the cores to the workers."""


class Replaceable(Protocol):
    """What runs under a manager."""

    manager: Manager
    workers: int
    url: str
    journal: Journal

    @property
    def pids(self) -> tuple[int, ...]: ...

    def send_signal(self, number: signal.Signals) -> None: ...


class Customers:
    """They send one request after the other, each over a connection of its own, and retry as a
    proxy does."""

    def __init__(self, url: str, path: str = PATH) -> None:
        self.answered = self.retried = self.lost = 0
        self.reasons: Counter[str] = Counter()
        self.longest_wait = 0.0
        self.first = asyncio.Event()
        """Set when the first request is over."""
        self._url, self._path = url, path
        self._leaving = False

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """Requests are sent during the block; afterwards all of them are over."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CUSTOMERS):
                tasks.create_task(self._ask())
            try:
                yield
            finally:
                self._leaving = True

    async def _ask(self) -> None:
        while not self._leaving:
            await self._once()
            self.first.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _once(self) -> None:
        began = perf_counter()
        reply = await request(self._url, self._path)
        if reply.may_retry:
            reply = await request(self._url, self._path)
            self.retried += reply.status == 200
        if reply.status == 200:
            self.answered += 1
            self.longest_wait = max(self.longest_wait, perf_counter() - began)
        else:
            self.lost += 1
            self.reasons[reply.failure or f"status {reply.status}"] += 1


async def restart(deployment: Replaceable, *, path: str = PATH, patience: float = 60.0) -> Restart:
    """Have the manager replace its workers while customers ask for ``path``.

    It waits for at most ``patience`` seconds until the last old worker is gone. Raises
    ``CourseError`` where there is no manager that could replace a worker.
    """
    check_restartable(deployment)
    customers = Customers(deployment.url, path)
    old = deployment.pids
    async with customers.asking():
        await customers.first.wait()
        began = monotonic()
        deployment.send_signal(signal.SIGHUP)
        await _until_replaced(deployment, old, began + patience)
        seconds = monotonic() - began
    new = tuple(pid for pid in deployment.pids if pid not in old)
    return Restart(
        answered=customers.answered,
        retried=customers.retried,
        lost=customers.lost,
        reasons=dict(customers.reasons),
        completed=not set(old) & set(deployment.pids),
        old=old,
        new=new,
        loaded=tuple(pid for pid in deployment.journal.pids(LOADED) if pid in new),
        peak_workers=deployment.journal.peak(),
        longest_wait=customers.longest_wait,
        seconds=seconds,
    )


def check_restartable(deployment: Replaceable) -> None:
    """Raises ``CourseError`` where there is no manager that could replace a worker."""
    manager = deployment.manager
    if deployment.workers < manager.fewest_to_restart:
        raise CourseError(
            f"{manager.title} runs a single worker without a manager, so nothing replaces it: "
            f"start {manager.fewest_to_restart} workers or more."
        )


async def _until_replaced(deployment: Replaceable, old: tuple[int, ...], limit: float) -> None:
    while monotonic() < limit:
        alive = deployment.pids
        if not set(old) & set(alive) and len(alive) >= deployment.workers:
            return
        await asyncio.sleep(LOOK_SECONDS)
