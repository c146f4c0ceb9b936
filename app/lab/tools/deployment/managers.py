"""The process managers: uvicorn's own, Gunicorn with either of two workers, and Granian."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.course.errors import CourseError
from app.lab.tools.deployment.options import arguments

_FACTORY = "app.lab.tools.deployment.application:create"
WINDOWS = (
    "Windows has no signal that makes a process manager replace its workers, and Gunicorn does not "
    "run there. Use WSL."
)


@dataclass(frozen=True, kw_only=True)
class Manager:
    """How to start a server with several workers, and what its options are called."""

    name: str
    title: str
    module: str
    """Run with ``python -m``."""
    target: tuple[str, ...]
    """The arguments that name the application."""
    address: str
    """The arguments for a port, to be formatted."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Options that can be overridden."""
    reserved: frozenset[str]
    """Options that cannot."""
    grace_option: str | None
    """The option with the seconds that an old worker has to finish its requests, if there is one
    that applies when workers are replaced."""
    default_grace: float | None
    """``None`` for a worker that waits as long as its clients like."""
    replaces_one_at_a_time: bool
    """Otherwise all new workers are started together, beside the old ones."""
    fewest_to_restart: int = 1
    """Fewest workers with which there is a manager to replace them."""

    def command(self, port: int, workers: int, options: Mapping[str, Any]) -> list[str]:
        """Raises ``CourseError`` for an option that cannot be set."""
        for name in options:
            if name in self.reserved:
                raise CourseError(f"{self.title}: `{name}` cannot be set here.")
        own = {**self.fixed, "workers": workers, **options}
        where = self.address.format(port=port).split()
        # -P: a file in the current directory must not replace the package of the same name.
        return [sys.executable, "-P", "-m", self.module, *where, *arguments(own), *self.target]

    def grace(self, options: Mapping[str, Any]) -> float | None:
        """Seconds that an old worker has to finish its requests; ``None`` for no limit."""
        if self.grace_option is None:
            return None
        given = options.get(self.grace_option, self.default_grace)
        return None if given is None else float(given)

    def overlap(self, workers: int) -> int:
        """The most workers that there may be while they are replaced."""
        return workers + (1 if self.replaces_one_at_a_time else workers)


_COMMON = frozenset(
    {"host", "port", "bind", "uds", "fd", "workers", "factory", "reload", "app_dir"}
    | {"env", "env_file", "env_files"}  # they would override the settings
)
UVICORN = Manager(
    name="uvicorn",
    title="uvicorn",
    module="uvicorn",
    target=("--factory", _FACTORY),
    address="--host 127.0.0.1 --port {port}",
    # By default, a worker that needs more than 5 s to start is killed.
    fixed={"access_log": False, "log_level": "warning", "timeout_worker_healthcheck": 30},
    reserved=_COMMON,
    grace_option="timeout_graceful_shutdown",
    default_grace=None,
    replaces_one_at_a_time=True,
    fewest_to_restart=2,
)
GUNICORN = Manager(
    name="gunicorn",
    title="Gunicorn",
    module="gunicorn",
    target=(f"{_FACTORY}()",),
    address="--bind 127.0.0.1:{port}",
    # The socket would be in the user's home, and is for programs that control Gunicorn.
    fixed={"control_socket": False, "log_level": "warning", "worker_class": "asgi"},
    reserved=_COMMON | {"config", "worker_class", "daemon", "chdir", "pid"},
    grace_option="graceful_timeout",
    default_grace=30.0,
    replaces_one_at_a_time=False,
)
UVICORN_WORKER = replace(
    GUNICORN,
    name="uvicorn-worker",
    title="Gunicorn with uvicorn-worker",
    fixed={**GUNICORN.fixed, "worker_class": "uvicorn_worker.UvicornWorker"},
    # Gunicorn leaves it to the worker to keep to graceful_timeout, and this one does not know it.
    grace_option=None,
    default_grace=None,
)
GRANIAN = Manager(
    name="granian",
    title="Granian",
    module="granian",
    target=("--interface", "asgi", "--factory", _FACTORY),
    address="--host 127.0.0.1 --port {port}",
    fixed={"log_level": "warning"},
    reserved=_COMMON | {"interface"},
    grace_option="workers_kill_timeout",
    default_grace=None,
    replaces_one_at_a_time=True,
)
MANAGERS: Mapping[str, Manager] = {
    manager.name: manager for manager in (UVICORN, GUNICORN, UVICORN_WORKER, GRANIAN)
}


def manager_named(name: str) -> Manager:
    """Raises ``CourseError`` for an unknown manager, and on Windows."""
    if name not in MANAGERS:
        raise CourseError(f"There is no manager {name!r}; known: {', '.join(MANAGERS)}.")
    if sys.platform == "win32":
        raise CourseError(WINDOWS)
    return MANAGERS[name]
