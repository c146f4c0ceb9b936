"""The answer is a router whose endpoints override the shop's."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from app.course.exercise import Refusal
from app.course.kinds.received import refused
from app.course.kinds.served import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop


@dataclass(frozen=True, kw_only=True)
class EndpointExercise(ServedExercise):
    """``answer``: an ``APIRouter``."""

    def wrong_type(self, answer: Any) -> Refusal | None:
        if isinstance(answer, APIRouter):
            return None
        return refused(answer, "the APIRouter with your endpoint")

    def apply(self, answer: APIRouter, shop: Shop) -> Shop:
        return shop.with_overlay(Overlay(routers=(answer,)))
