"""What one window of load cost the server."""

from dataclasses import dataclass, field

from app.lab.load.histogram import Histogram


@dataclass(frozen=True, slots=True)
class ServerSide:
    """Known of any server on this machine, or only of those in this process."""

    cpu: float | None = None
    """Processor seconds of the server's processes. ``None``: they cannot be found."""
    memory: int | None = None
    """Bytes that they held at the end; ``None`` too where they do other things as well."""
    growth: int | None = None
    """By how many bytes they grew."""
    lag: Histogram = field(default_factory=Histogram)
    """Open loop: seconds that a call waited for the server's event loop to come round to it."""
    disturbance: float = 0.0
    """Processor seconds that the server's process spent on something else."""
