"""The shop as it stands after a lesson: the finished one, with what later lessons will remove."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from app.course.catalogue import stages
from app.shop import create_app
from app.shop.cache import Cache
from app.shop.database import Database
from app.shop.settings import Settings


@dataclass(frozen=True, slots=True)
class Before:
    """How the shop looks to the lesson that changes it: a part to lay over the finished shop."""

    routers: tuple[APIRouter, ...] = ()
    middleware: Callable[[Settings], Sequence[Middleware]] | None = None
    cache: Callable[[Settings], Cache] | None = None
    database: Callable[[Settings], Database] | None = None


def before(slug: str) -> Before:
    """What that lesson finds; nothing for a lesson that changes nothing."""
    module = f"app.lessons.{slug}.before"
    try:
        found: Before = import_module(module).BEFORE
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        return Before()
    return found


def stage_number(slug: str) -> int:
    """The position of a lesson, written or to come. Raises ``LookupError`` with the known slugs."""
    known = stages()
    if slug not in known:
        raise LookupError(f"There is no lesson {slug!r}. The lessons are: {', '.join(known)}.")
    return known.index(slug)


def shop_after(
    slug: str | None,
    settings: Settings,
    *,
    routers: Sequence[APIRouter] = (),
    middleware: Sequence[Middleware] | None = None,
    database: Database | None = None,
) -> FastAPI:
    """The shop after lesson ``slug``; the finished shop for ``None``.

    ``routers`` are laid over it in turn, ``middleware`` and ``database`` replace its own. Where
    several later lessons change the same thing, it looks as the first of them finds it.
    """
    first_pending = len(stages()) if slug is None else stage_number(slug) + 1
    return _with_pending(first_pending, settings, routers, middleware, database)


def shop_before(
    slug: str,
    settings: Settings,
    *,
    routers: Sequence[APIRouter] = (),
    middleware: Sequence[Middleware] | None = None,
    database: Database | None = None,
) -> FastAPI:
    """The shop as lesson ``slug`` finds it."""
    first_pending = stage_number(slug)
    return _with_pending(first_pending, settings, routers, middleware, database)


def _with_pending(
    first: int,
    settings: Settings,
    routers: Sequence[APIRouter],
    middleware: Sequence[Middleware] | None,
    database: Database | None,
) -> FastAPI:
    pending = [before(slug) for slug in stages()[first:]]
    databases = [overlay.database for overlay in pending if overlay.database is not None]
    caches = [overlay.cache for overlay in pending if overlay.cache is not None]
    edges = [overlay.middleware for overlay in pending if overlay.middleware is not None]
    if database is None and databases:
        database = databases[0](settings)
    if middleware is None and edges:
        middleware = edges[0](settings)
    return create_app(
        settings,
        routers=[*routers, *(router for overlay in pending for router in overlay.routers)],
        middleware=middleware,
        database=database,
        cache=caches[0](settings) if caches else None,
    )
