"""What the finished shop answers to the probes of an exercise."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from app.course.evidence import Change, Observation, Probe
from app.course.kinds import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.checks.conversation import Conversation
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.shop.cache import NoCache

REFERENCE = Shop(overlay=Overlay(cache=lambda _: NoCache()))
"""The finished shop without a cache, which would not notice a change by SQL."""

_Script = tuple[tuple[Probe, ...], tuple[Probe | Change, ...]]
_known: WeakKeyDictionary[Copies, dict[_Script, tuple[Observation, ...]]] = WeakKeyDictionary()


async def reference_answers(exercise: ServedExercise, copies: Copies) -> Iterator[Observation]:
    """What a conversation with the reference observes, in its order.

    The reference starts from a copy of the same data each time, so it is asked once in the life of
    ``copies``.
    """
    script = exercise.probes, exercise.changes
    known = _known.setdefault(copies, {})
    if script not in known:
        with Arm(REFERENCE, copies) as arm:
            conversation = Conversation(arm)
            seen = await conversation.probe(exercise.probes)
            known[script] = (*seen, *await conversation.change(exercise.changes, exercise.probes))
    return iter(known[script])
