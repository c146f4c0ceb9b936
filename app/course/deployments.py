"""What is observed of a deployment: plain data, gathered by the lab."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Restart:
    """A rolling restart under load."""

    answered: int
    """Requests answered with 200."""
    retried: int
    """Of these, those that a worker on its way out had dropped without a byte of a response, and
    that were answered when they were sent again."""
    lost: int
    """Requests that failed, or that were answered with an error."""
    reasons: dict[str, int]
    """What became of those, by kind."""
    completed: bool
    """Whether every old worker was gone at the end."""
    old: tuple[int, ...]
    """The processes that were workers before."""
    new: tuple[int, ...]
    """Those that were workers afterwards."""
    loaded: tuple[int, ...]
    """Those of them that loaded the application themselves, and with it the code as it is now."""
    peak_workers: int
    """The most workers at a time that had started and not stopped yet, with a pool each."""
    longest_wait: float
    """Seconds of the slowest request that was answered."""
    seconds: float
    """Until every old worker was gone."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a configuration before anything is started."""

    manager: str
    """Its name, for people."""
    workers: int
    pool_size: int
    overlap: int
    """The most workers that there may be while they are replaced."""
    grace: float | None
    """Seconds that an old worker has to finish its requests; ``None`` for no limit."""


@dataclass(slots=True)
class DeploymentObservation:
    """What was tried so far, in this order. ``None`` is what was not tried."""

    plan: Plan
    failure: str | None = None
    """Why it did not start."""
    own_memory: int | None = None
    """Bytes that the largest worker has for itself."""
    beside_idle: dict[int | str, int] | None = None
    """The statuses of ordinary requests while other clients are connected and send nothing."""
    writes: dict[int | str, int] | None = None
    """What became of writes that were in progress in every worker when it was replaced."""
    restart: Restart | None = None
    """While in every old worker a client had also stopped to read its response."""
