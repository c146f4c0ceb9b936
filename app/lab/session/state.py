"""What is open in a notebook: the services, a copy of the database, and what is served."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar

from fastapi import APIRouter
from starlette.types import ASGIApp

from app.course.errors import CourseError
from app.course.lesson import Lesson
from app.course.shop import Shop
from app.lab.display.notebook import Report, progress_bar
from app.lab.display.unknown import unknown_attribute
from app.lab.learner.predictions import Predictions
from app.lab.machine.measuring_queue import measuring_turn
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies, Copy
from app.lab.serving.redis_needed import require_redis

if TYPE_CHECKING:
    from app.lab.services import Client
    from app.lab.tools.deployment.deployment import Deployment
    from app.lab.tools.locust.page import LocustPage


App: TypeAlias = Shop | APIRouter | ASGIApp
"""What can be served and measured: a recipe from ``lab.shop``, a router to overlay onto the shop,
or any ASGI application."""
DEFAULT = "shop"
"""The name under which an application is served unless another one is given."""

Result = TypeVar("Result")

SELDOM = 1.0
"""Seconds between two looks at whether a measured application still answers."""


class Session:
    """One notebook: a private database, the applications served on it, and the lesson."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._copies: Copies | None = None
        self._copy: Copy | None = None
        self._arms: dict[str, Arm] = {}
        self._deployments: dict[str, Deployment] = {}
        """By URL."""
        self._lesson: Lesson | None = None
        self._predictions = Predictions()
        self._page: LocustPage | None = None
        self.last_outcome: dict[str, Any] | None = None
        self._last: Any = None

    if not TYPE_CHECKING:  # for type checkers, there is nothing else

        def __getattr__(self, name: str) -> NoReturn:
            raise unknown_attribute(self, "lab", name)

    @property
    def _current(self) -> Lesson:
        if self._lesson is None:
            raise CourseError("No lesson runs yet. Run the cell with `await lab.start(…)` first.")
        return self._lesson

    def _keep(self, result: Result) -> Result:
        self._last = result
        return result

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[tuple[Report, ExitStack]]:
        """The machine for one measurement: what to report progress to, and a stack for its arms."""
        with progress_bar() as report:
            async with measuring_turn(report):
                with ExitStack() as stack:
                    yield report, stack

    def _services(self) -> tuple[Copies, Copy]:
        if self._copies is None or self._copy is None:
            raise CourseError("Nothing runs yet. Run the cell with `await lab.start(…)` first.")
        return self._copies, self._copy

    def _require_redis(self) -> None:
        """Raises ``CourseError`` if the lesson needs Redis and there is none."""
        if self._client is not None and self._current.needs_redis:
            require_redis(self._client)

    def _require_posix(self) -> None:
        """Raises ``CourseError`` if the lesson cannot run on Windows, and this is Windows."""
        if sys.platform == "win32" and self._current.needs_posix:
            raise CourseError(
                "This lesson needs signals and process managers that Windows does not have. Use "
                "WSL; the other lessons run without it."
            )

    def _renew_copy(self, report: Callable[[str, float], None]) -> None:
        from app.lab.services import connect

        if self._copy is not None and self._copy.clean and self._is_alive():
            return
        if self._copies is not None and self._copy is not None and self._client is not None:
            self._copies.release(self._copy)
        self._copy = None
        if self._client is None or not self._is_alive():
            self._client = connect(f"kernel {os.getpid()}", on_progress=report)
            self._copies = Copies(self._client)
        assert self._copies is not None
        self._copy = self._copies.acquire(report)

    def _is_alive(self) -> bool:
        """Whether the supervisor still answers, and with it the servers that have the copies."""
        from app.lab.services import ServicesError

        assert self._client is not None
        generation = self._client.generation
        try:
            self._client.find_services()
            if self._client.generation == generation:
                return True
            self._client.close()
        except ServicesError:
            pass
        self._client = None
        return False

    def _arm(self, name: str = DEFAULT) -> Arm:
        arm = self._arms.get(name)
        if arm is None or not arm.host.alive:
            if name == DEFAULT:
                raise CourseError(
                    "Nothing is served. Run the cell with `await lab.start(…)` again."
                )
            raise CourseError(f"Nothing is served at {name!r}. Use `lab.serve(…, at={name!r})`.")
        return arm

    def _address(self, at: str) -> tuple[Arm, str | None]:
        """The arm served at a name, or the arm and the URL of one of its workers."""
        for arm in self._arms.values():
            if at in (arm.url, *arm.host.urls):
                return arm, at
        return self._arm(at), None

    def _close_page(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            page.close()

    def _stop_serving(self) -> None:
        self._close_page()
        while self._arms:
            _, arm = self._arms.popitem()
            arm.close()
