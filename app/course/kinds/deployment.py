"""The answer is how the shop is run in production: manager, workers, settings and options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.course.exercise import Exercise, Refusal
from app.course.kinds.received import refused

OBSERVATION = "deployment"
"""The name of the ``DeploymentObservation`` in ``Evidence.extra``."""
KEYS = ("manager", "workers", "settings", "options")


@dataclass(frozen=True, kw_only=True)
class DeploymentExercise(Exercise):
    """``answer``: a dict of arguments of ``lab.workers``, any of ``KEYS``.

    The shop is started with it, and put through what happens in production: clients that are
    connected and send nothing, clients that stop reading, and a rolling restart under load. After
    each part the steps are run, and the first refusal ends the trial.
    """

    max_connections: int
    """That PostgreSQL grants the shop."""
    idle_clients: int = 60

    def wrong_type(self, answer: Any) -> Refusal | None:
        if not isinstance(answer, Mapping):
            return refused(answer, "a dict with your configuration")
        for name in answer:
            if name not in KEYS:
                return Refusal(
                    f"The configuration has {name!r}; expected any of {', '.join(KEYS)}."
                )
        return _wrong_part(answer)


def _wrong_part(answer: Mapping[str, Any]) -> Refusal | None:
    workers = answer.get("workers", 1)
    if type(workers) is not int or workers < 1:
        return Refusal(f"`workers` is {workers!r}; expected a number of processes.")
    for name in ("settings", "options"):
        part = answer.get(name, {})
        if not isinstance(part, Mapping) or not all(isinstance(key, str) for key in part):
            return Refusal(f"`{name}` is {part!r}; expected a dict by name.")
    return None
