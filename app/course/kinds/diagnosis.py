"""The answer says what is at fault in a page, and replaces some of its functions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeAlias

from fastapi import APIRouter

from app.course.exercise import SHIPPED_SEED, Refusal
from app.course.kinds.received import described, refused
from app.course.kinds.served import ServedExercise
from app.course.kinds.several import Several
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.shop.settings import Settings

Functions: TypeAlias = Sequence[Callable[..., Any]]


@dataclass(frozen=True, kw_only=True)
class DiagnosisExercise(ServedExercise):
    """``answer``: a dict from symptoms to names of functions, and a list of functions, each in
    place of the one of that name. What is at fault depends on the seed."""

    takes_several: ClassVar[bool] = True

    symptoms: tuple[str, ...]
    """The keys of the dict."""
    router: Callable[[int, Functions], APIRouter]
    """Makes the page for a seed, with functions replaced. Raises ``TypeError`` for one that
    replaces none."""
    trial: Callable[[int, Functions, Settings], Awaitable[dict[str, Any]]]
    """Tries the functions directly; the result becomes ``Evidence.extra``."""
    seed: int = SHIPPED_SEED

    def drawn(self, seed: int) -> Self:
        return replace(self, seed=seed)

    def wrong_type(self, answer: Any) -> Refusal | None:
        if not isinstance(answer, Several) or len(answer) != 2:
            return Refusal("Hand in both: what you have found, and the list of your functions.")
        found, functions = answer
        if not isinstance(found, Mapping):
            return refused(found, "first a dict with the function at fault for each symptom")
        for symptom in found:
            if symptom not in self.symptoms:
                return Refusal(
                    f"{symptom!r} is none of the symptoms: {', '.join(map(repr, self.symptoms))}."
                )
        if not isinstance(functions, list | tuple):
            return refused(functions, "second the list of your functions")
        for function in functions:
            if not callable(function):
                return Refusal(f"In the list there is {described(function)}; expected functions.")
        return None

    async def try_directly(self, answer: Any, settings: Settings) -> dict[str, Any]:
        return await self.trial(self.seed, answer[1], settings)

    def apply(self, answer: Any, shop: Shop) -> Shop:
        return shop.with_overlay(Overlay(routers=(self.router(self.seed, answer[1]),)))
