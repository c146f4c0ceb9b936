"""What one window of load cost the server."""

from dataclasses import dataclass, field

from app.lab.load.histogram import Histogram


@dataclass(frozen=True, slots=True)
class ServerSide:
    """CPU and memory are available for any server on this machine; lag and disturbance only for one
    in this process."""

    cpu: float | None = None
    """CPU seconds of the server's processes; ``None`` if they cannot be found."""
    memory: int | None = None
    """Bytes that they held at the end; ``None`` also if they do other work too."""
    growth: int | None = None
    """Bytes by which they grew."""
    lag: Histogram = field(default_factory=Histogram)
    """Open loop: seconds that callbacks waited for the server's event loop."""
    disturbance: float = 0.0
    """CPU seconds that the server's process spent on other work."""
