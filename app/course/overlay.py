"""Parts that replace those of the finished shop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Self

from fastapi import APIRouter
from starlette.middleware import Middleware

from app.shop.cache import Cache
from app.shop.database import Database
from app.shop.settings import Settings


@dataclass(frozen=True, slots=True)
class Overlay:
    """Replacements for parts of the shop; ``None`` leaves a part as it is.

    A lesson's ``BEFORE`` is the overlay that brings back the flaw it removes.
    """

    routers: tuple[APIRouter, ...] = ()
    """Their endpoints override the shop's at the same path; the first match wins."""
    middleware: Callable[[Settings], Sequence[Middleware]] | None = None
    cache: Callable[[Settings], Cache] | None = None
    database: Callable[[Settings], Database] | None = None

    def over(self, lower: Self) -> Self:
        """Both overlays combined; where both replace a part, this one takes precedence."""
        parts = {f.name: getattr(self, f.name) or getattr(lower, f.name) for f in fields(self)}
        return type(self)(**parts | {"routers": (*self.routers, *lower.routers)})


def overlay_of(slug: str) -> Overlay:
    """The flaw the lesson removes; an empty overlay for a lesson that removes none."""
    module = f"app.lessons.{slug}.before"
    try:
        found: Overlay = import_module(module).BEFORE
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        return Overlay()
    return found
