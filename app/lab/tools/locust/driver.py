"""A second locustfile beside the one to run: it ends the run and writes down what Locust counted.

Locust's own ``--run-time`` counts from the start of its event loop, imports included. This counts
from when the last user is done with its ``on_start``; or it counts requests, so that a busy machine
sends as many as a quiet one.
"""

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import User, constant, events
from locust.env import Environment
from locust.runners import LocalRunner, WorkerRunner
from locust.stats import StatsEntry

from app.lab.tools.locust.driver_options import DriverOptions

SHARES = (0.5, 0.9, 0.99)
_PATIENCE = 0.05
"""Seconds between two looks at whether there are users left."""

_options = DriverOptions.read(os.environ)


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    if not _options.pauses:
        for user_class in environment.user_classes:
            user_class.wait_time = constant(0)
    if not isinstance(environment.runner, WorkerRunner):
        _Run(environment)


class _Run:
    """Listens to what Locust says of its run."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._left = _options.requests
        self._cpu = self._begun = self._elapsed = 0.0
        self._starting: set[User] = set()
        self._spawned = Event()
        for user_class in environment.user_classes:
            setattr(user_class, "on_start", self._noting(user_class.on_start))  # noqa: B010
        events = environment.events
        events.test_start.add_listener(self._begin)
        events.spawning_complete.add_listener(lambda **_: self._spawned.set())
        events.request.add_listener(self._count)
        events.test_stopping.add_listener(self._end)
        events.quit.add_listener(self._write)
        gevent.spawn(self._run)

    def _noting(self, on_start: Callable[[User], None]) -> Callable[[User], None]:
        """The same, while ``_starting`` has the user."""

        def noted(user: User) -> None:
            self._starting.add(user)
            try:
                on_start(user)
            finally:
                self._starting.discard(user)

        return noted

    def _run(self) -> None:
        self._spawned.wait()
        gevent.sleep(_PATIENCE)  # until their greenlets run
        while self._starting:
            gevent.sleep(_PATIENCE)
        end = math.inf if _options.seconds is None else time.perf_counter() + _options.seconds
        while time.perf_counter() < end and self._has_users():
            gevent.sleep(_PATIENCE)
        self._quit()

    def _has_users(self) -> bool:
        """One that raises an exception in ``on_start`` is gone for good."""
        runner = self._environment.runner
        return not isinstance(runner, LocalRunner) or runner.user_count > 0

    def _begin(self, **_: Any) -> None:
        self._cpu, self._begun = time.process_time(), time.perf_counter()

    def _end(self, **_: Any) -> None:
        self._elapsed = time.perf_counter() - self._begun

    def _count(self, **_: Any) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left == 0:
            gevent.spawn(self._quit)  # not here: this is a user, which would have to stop itself

    def _quit(self) -> None:
        assert self._environment.runner is not None
        self._environment.runner.quit()

    def _write(self, exit_code: int | None, **_: Any) -> None:
        runner = self._environment.runner
        assert runner is not None
        results = {
            "exit_code": exit_code or 0,
            "elapsed": self._elapsed,
            "cpu": time.process_time() - self._cpu,
            "total": _entry(runner.stats.total),
            "entries": [
                _entry(one) for _, one in sorted(runner.stats.entries.items()) if one.num_requests
            ],
            "errors": [
                {"name": one.name, "error": str(one.error), "count": one.occurrences}
                for one in runner.stats.errors.values()
            ],
            "exceptions": [
                {"message": one["msg"], "count": one["count"]} for one in runner.exceptions.values()
            ],
        }
        Path(_options.results).write_text(json.dumps(results), encoding="utf-8")


def _entry(entry: StatsEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "method": entry.method,
        "requests": entry.num_requests,
        "failures": entry.num_failures,
        "percentiles": {share: entry.get_response_time_percentile(share) for share in SHARES},
    }
