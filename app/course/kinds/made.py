"""Calls a learner's function that creates a part of the shop."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import make_url

from app.course.exercise import Refusal
from app.course.kinds.received import accepts, name_of, refused
from app.shop.database import Database
from app.shop.settings import Settings

T = TypeVar("T")


def not_a_function(answer: Any) -> Refusal | None:
    """Why ``answer`` is refused where a function of the settings is expected; ``None`` for one."""
    if not callable(answer):
        return refused(answer, "your function, not what it returns")
    if inspect.iscoroutinefunction(answer):
        return Refusal(f"`{name_of(answer)}` is `async def`; expected a plain function (`def`).")
    if not accepts(answer, 1):
        return Refusal(
            f"`{name_of(answer)}` is called with one argument, the settings, and does not take one."
        )
    return None


def maker(function: Callable[[Settings], Any], kind: type[T]) -> Callable[[Settings], T]:
    """``function``, checked: raises ``TypeError`` if it returns anything but a ``kind``."""
    return partial(_made, function, kind)


def _made(function: Callable[[Settings], Any], kind: type[T], settings: Settings) -> T:
    made = function(settings)
    if inspect.iscoroutine(made):
        made.close()
        raise TypeError("your function is `async def`; expected a plain function")
    if not isinstance(made, kind):
        raise TypeError(f"your function returned {type(made).__name__}, not a {kind.__name__}")
    if isinstance(made, Database):
        _check_where(made, settings)
    return made


def _check_where(database: Database, settings: Settings) -> None:
    expected = make_url(settings.database_url).database
    for engine in (database.engine, database.read_engine):
        if engine.url.database not in (None, expected):
            raise ValueError(
                "create the engine inside your function, from `settings.database_url`: each server "
                "has a copy of the database, and yours connects to another one."
            )
