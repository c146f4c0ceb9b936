"""The answer is a router with an export, tried in a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.course.kinds.endpoint import EndpointExercise

OBSERVATION = "export"
"""The name of the ``ExportObservation`` in ``Evidence.extra``."""


@dataclass(frozen=True, kw_only=True)
class ExportExercise(EndpointExercise):
    """``answer``: an ``APIRouter`` with an endpoint that exports rows as lines.

    The shop is served by a process of its own and read over sockets: by one reader alone, by one
    that stops, by several, by one that leaves, and of data with a row that cannot be read. After
    each of these the steps are run, and the first refusal ends the trial.
    """

    path: str
    """The whole export."""
    small: Sequence[str]
    """Paths of small exports; the first is also read after the changes."""
    lines: str
    """The query that has PostgreSQL write the lines of the whole export, as the finished shop does;
    ``$1`` stands for the country, or null."""
    meanwhile: tuple[str, ...]
    """SQL by which others change the data while the whole export is read. It changes the lines of
    the first small export, too."""
    broken: tuple[str, ...]
    """SQL after which one row of the table cannot be read."""
    reduced: tuple[str, ...]
    """SQL that leaves a part of the data, for the short mode."""
    most_in_flight: int
    """Rows; more of them end the trial."""
