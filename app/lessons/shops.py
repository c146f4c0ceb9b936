"""The shop as it stands after a lesson: the finished one, with what later lessons will remove."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from app.lessons.lesson import LESSONS, lesson_named
from app.shop import create_app
from app.shop.database import Database
from app.shop.settings import Settings


@dataclass(frozen=True, slots=True)
class Before:
    """How the shop looks to the lesson that changes it: a part to lay over the finished shop."""

    routers: tuple[APIRouter, ...] = ()
    middleware: tuple[Middleware, ...] = ()
    database: Callable[[Settings], Database] | None = None


def before(slug: str) -> Before:
    """What that lesson finds; nothing for a lesson that changes nothing."""
    module = f"app.lessons.{slug}.before"
    if find_spec(module) is None:
        return Before()
    found: Before = import_module(module).BEFORE
    return found


def shop_after(
    slug: str | None,
    settings: Settings,
    *,
    routers: Sequence[APIRouter] = (),
    middleware: Sequence[Middleware] = (),
    database: Database | None = None,
) -> FastAPI:
    """The shop after lesson ``slug``; the finished shop for ``None``.

    ``routers``, ``middleware`` and ``database`` are laid over it in turn. Where several later
    lessons change the same thing, it looks as the first of them finds it.
    """
    first_pending = len(LESSONS) if slug is None else lesson_named(slug).number + 1
    return _with_pending(first_pending, settings, routers, middleware, database)


def shop_before(
    slug: str,
    settings: Settings,
    *,
    routers: Sequence[APIRouter] = (),
    middleware: Sequence[Middleware] = (),
    database: Database | None = None,
) -> FastAPI:
    """The shop as lesson ``slug`` finds it."""
    first_pending = lesson_named(slug).number
    return _with_pending(first_pending, settings, routers, middleware, database)


def _with_pending(
    first: int,
    settings: Settings,
    routers: Sequence[APIRouter],
    middleware: Sequence[Middleware],
    database: Database | None,
) -> FastAPI:
    pending = [before(lesson.slug) for lesson in LESSONS[first:]]
    factories = [overlay.database for overlay in pending if overlay.database is not None]
    if database is None and factories:
        database = factories[0](settings)
    return create_app(
        settings,
        routers=[*routers, *(router for overlay in pending for router in overlay.routers)],
        middleware=[*middleware, *(layer for overlay in pending for layer in overlay.middleware)],
        database=database,
    )
