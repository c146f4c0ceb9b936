"""The answer is a middleware, checked over a real socket."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.middleware import Middleware
from starlette.types import ASGIApp

from app.course.exercise import Refusal, Step
from app.course.http import Wire
from app.course.kinds.received import refused
from app.course.kinds.served import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.shop.edge import edge
from app.shop.settings import Settings


@dataclass(frozen=True, kw_only=True)
class MiddlewareExercise(ServedExercise):
    """``answer``: an ASGI middleware class, called with the application as ``app``.

    It replaces the layer ``replaces`` of the shop, or wraps all layers. With a ``trial``, it is
    first tried by itself around a small application; only what ``first_steps`` accept becomes part
    of a shop.
    """

    replaces: Callable[..., Any] | None = None
    application: Callable[[], ASGIApp] | None = None
    """Makes the application for the trial."""
    trial: Callable[[Wire, Any], Awaitable[dict[str, Any]]] | None = None
    """Sends requests to that application, which it also gets, behind the answer on a real server.
    The result becomes ``Evidence.extra``."""
    first_steps: tuple[Step, ...] = ()
    """The first of ``steps``: those that look at nothing but what ``trial`` returned."""

    def wrong_type(self, answer: Any) -> Refusal | None:
        plain = inspect.isfunction(answer) and not inspect.iscoroutinefunction(answer)
        if isinstance(answer, type | partial) or plain:
            return None
        return refused(answer, "the class of your middleware")

    def apply(self, answer: Callable[..., Any], shop: Shop) -> Shop:
        mine = Middleware(answer)

        def layers(settings: Settings) -> Sequence[Middleware]:
            shops = edge(settings)
            if self.replaces is None:
                return [mine, *shops]
            return [mine if layer.cls is self.replaces else layer for layer in shops]

        return shop.with_overlay(Overlay(middleware=layers))
