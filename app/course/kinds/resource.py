"""The answer is a function that opens the shop's database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.course.exercise import Refusal
from app.course.kinds.made import maker, not_a_function
from app.course.kinds.served import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.shop.database import Database
from app.shop.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ResourceExercise(ServedExercise):
    """``answer``: a function that takes ``Settings`` and returns a ``Database``. Each arm calls
    it once."""

    def wrong_type(self, answer: Any) -> Refusal | None:
        return not_a_function(answer)

    trial: Callable[[Database], Awaitable[dict[str, Any]]] | None = None
    """Tries a database that the answer has opened; the result becomes ``Evidence.extra``."""

    async def try_directly(
        self, answer: Callable[[Settings], Any], settings: Settings
    ) -> dict[str, Any]:
        if self.trial is None:
            return {}
        database = maker(answer, Database)(settings)
        try:
            return await self.trial(database)
        finally:
            await database.close()

    def apply(self, answer: Callable[[Settings], Any], shop: Shop) -> Shop:
        return shop.with_overlay(Overlay(database=maker(answer, Database)))
