"""Options of the driver inside Locust, passed in an environment variable."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

VARIABLE = "COURSE_LOCUST"
DRIVER = Path(__file__).with_name("driver.py")
"""Not imported here: gevent would patch this process."""


@dataclass(frozen=True, slots=True)
class DriverOptions:
    """When a run of Locust ends, and where its statistics go."""

    results: str
    """The path of the file."""
    seconds: float | None
    """After the last user is done with its ``on_start``; ``None`` for a run that ends otherwise."""
    requests: int | None = None
    """The run ends after so many, if that is earlier."""
    pauses: bool = True
    """Whether users wait between their tasks, as the locustfile says."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        return cls(**json.loads(environ[VARIABLE]))

    def variables(self) -> dict[str, str]:
        return {VARIABLE: json.dumps(asdict(self))}
