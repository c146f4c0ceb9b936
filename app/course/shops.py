"""The shop after a lesson: the finished one, with the flaws that later lessons remove."""

from functools import reduce

from fastapi import FastAPI

from app.course.catalogue import stages
from app.course.overlay import Overlay, overlay_of
from app.shop import create_app
from app.shop.settings import Settings


def stage_number(slug: str) -> int:
    """The position of a lesson, written or planned. Raises ``LookupError`` with the known slugs."""
    known = stages()
    if slug not in known:
        raise LookupError(f"There is no lesson {slug!r}. The lessons are: {', '.join(known)}.")
    return known.index(slug)


def flaws_before(slug: str) -> Overlay:
    """What lesson ``slug`` and all later ones remove.

    Where several lessons change the same part, the first of them takes precedence.
    """
    return _pending(stage_number(slug))


def flaws_after(slug: str | None) -> Overlay:
    """What the lessons after ``slug`` remove; an empty overlay for ``None``, the finished shop."""
    return Overlay() if slug is None else _pending(stage_number(slug) + 1)


def _pending(first: int) -> Overlay:
    return reduce(lambda upper, slug: upper.over(overlay_of(slug)), stages()[first:], Overlay())


def shop_after(slug: str | None, settings: Settings, overlay: Overlay | None = None) -> FastAPI:
    """The shop after lesson ``slug``, the finished shop for ``None``, with ``overlay`` on top."""
    return build((overlay or Overlay()).over(flaws_after(slug)), settings)


def shop_before(slug: str, settings: Settings, overlay: Overlay | None = None) -> FastAPI:
    """The shop as lesson ``slug`` finds it, with ``overlay`` on top."""
    return build((overlay or Overlay()).over(flaws_before(slug)), settings)


def build(overlay: Overlay, settings: Settings) -> FastAPI:
    """The finished shop under ``overlay``. Each application has a pool and a cache of its own."""
    return create_app(
        settings,
        routers=overlay.routers,
        middleware=overlay.middleware(settings) if overlay.middleware else None,
        database=overlay.database(settings) if overlay.database else None,
        cache=overlay.cache(settings) if overlay.cache else None,
    )
