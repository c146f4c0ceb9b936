"""The answer has several parts, one from each of several cells."""

from dataclasses import dataclass
from typing import Any, ClassVar

from app.course.exercise import Refusal
from app.course.kinds.served import ServedExercise
from app.course.shop import Shop


class Several(tuple[Any, ...]):
    """The arguments of ``lab.check(router, open_cache)``, in that order."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class SeveralExercise(ServedExercise):
    """``answer``: one answer for each of ``parts``, in order. All become parts of one shop.

    Of ``parts`` only their kind matters; probes, changes, bursts and steps are this exercise's.
    """

    takes_several: ClassVar[bool] = True

    parts: tuple[ServedExercise, ...]

    def wrong_type(self, answer: Any) -> Refusal | None:
        given = answer if isinstance(answer, Several) else (answer,)
        if len(given) != len(self.parts):
            return Refusal(f"The check received {len(given)} of {len(self.parts)} answers.")
        found = (part.wrong_type(one) for part, one in zip(self.parts, given, strict=True))
        return next((refusal for refusal in found if refusal), None)

    def apply(self, answer: Any, shop: Shop) -> Shop:
        for part, one in zip(self.parts, answer, strict=True):
            shop = part.apply(one, shop)
        return shop
