"""What the course's processes take from the environment of whoever starts them."""

from app.lab.environment.directories import writable_directories
from app.lab.environment.process import (
    prepare_jupyter,
    prepare_process,
    restart_without_switches,
)
from app.lab.environment.variables import neutral

__all__ = [
    "neutral",
    "prepare_jupyter",
    "prepare_process",
    "restart_without_switches",
    "writable_directories",
]
