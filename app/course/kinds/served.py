"""An answer that becomes part of a shop, which is served and tried."""

from dataclasses import dataclass
from typing import Any

from app.course.evidence import Burst, Change, Probe
from app.course.exercise import Exercise
from app.course.shop import Shop
from app.shop.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ServedExercise(Exercise):
    """The answer is overlaid onto the shop as the lesson finds it. That shop and the finished one,
    as the reference, get the same probes, each on a copy of the database of its own.

    First come the probes, in order, as one conversation. Then ``changes`` are made, and the reads
    among the probes are repeated: an answer that was merely remembered is out of date by then.
    """

    probes: tuple[Probe, ...] = ()
    changes: tuple[Probe | Change, ...] = ()
    """Writes over the shop's own API, and by SQL. Each must change what some probe answers."""
    bursts: tuple[Burst, ...] = ()

    def apply(self, answer: Any, shop: Shop) -> Shop:
        """``shop`` with the answer as a part of it. Raises ``TypeError`` that says what is wrong
        with it."""
        raise NotImplementedError

    async def try_directly(self, answer: Any, settings: Settings) -> dict[str, Any]:  # noqa: ARG002
        """What comes of using the answer without the shop, on the settings of the learner's shop
        and on the event loop of the check. It becomes ``Evidence.extra``."""
        return {}
