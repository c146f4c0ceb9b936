"""An answer that becomes part of a shop, which is served and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.course.evidence import Burst, Change, Probe
from app.course.exercise import Exercise
from app.course.shop import Shop
from app.shop.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ServedExercise(Exercise):
    """The answer is overlaid onto the shop as the lesson finds it. That shop and the reference, the
    finished shop, receive the same probes, each on its own copy of the database.

    The probes are sent in order, as one conversation. Then the ``changes`` are made, and the reads
    among the probes are repeated: by then, a response that was merely cached is out of date.
    """

    probes: tuple[Probe, ...] = ()
    changes: tuple[Probe | Change, ...] = ()
    """Writes through the shop's own API and by SQL. Each must change the answer to some probe."""
    bursts: tuple[Burst, ...] = ()

    after: str | None = None
    """The lesson after which the shop is that the answer becomes part of, where it is not the shop
    as the lesson finds it: one that uses a cache, for an answer that is one or invalidates one."""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Settings of that shop by name."""

    count_objects: bool = False
    """Whether the probes also count what Python builds for the responses; see ``Objects``."""

    explain: bool = False
    """Whether the statements of the probes are explained, to count the rows that they read."""

    tried_if_wrong: ClassVar[bool] = True
    """Whether the answer is also used directly where its responses are wrong already."""

    def apply(self, answer: Any, shop: Shop) -> Shop:
        """``shop`` with the answer as a part of it. Raises ``TypeError`` for an unusable answer."""
        raise NotImplementedError

    async def try_directly(self, answer: Any, settings: Settings) -> dict[str, Any]:  # noqa: ARG002
        """The result of using the answer directly, with the settings of the learner's shop and on
        the event loop of the check. It becomes ``Evidence.extra``."""
        return {}
