"""The answer is a router whose endpoints override the shop's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import APIRouter

from app.course.exercise import Refusal
from app.course.kinds.received import refused
from app.course.kinds.served import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.shop.settings import Settings


@dataclass(frozen=True, kw_only=True)
class EndpointExercise(ServedExercise):
    """``answer``: an ``APIRouter``."""

    trial: Callable[[APIRouter, Settings], Awaitable[dict[str, Any]]] | None = None
    """Tries the router in applications of its own, unless its responses are wrong already; the
    result becomes ``Evidence.extra``. The settings are those of the learner's shop."""

    tried_if_wrong: ClassVar[bool] = False

    def wrong_type(self, answer: Any) -> Refusal | None:
        if isinstance(answer, APIRouter):
            return None
        return refused(answer, "the APIRouter with your endpoint")

    async def try_directly(self, answer: APIRouter, settings: Settings) -> dict[str, Any]:
        return {} if self.trial is None else await self.trial(answer, settings)

    def apply(self, answer: APIRouter, shop: Shop) -> Shop:
        return shop.with_overlay(Overlay(routers=(answer,)))
