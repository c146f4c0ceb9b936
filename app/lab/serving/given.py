"""What was given to a verb of the lab, checked before anything starts."""

import inspect
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.middleware import Middleware

from app.course.errors import CourseError
from app.course.kinds.received import accepts, close_coroutines, described, name_of
from app.course.shop import Shop

_APPLICATION = "what `lab.shop` returns, a router or an ASGI application"


def check_application(app: Any) -> None:
    """Raises ``CourseError`` for what cannot be served, such as a function that would make it."""
    if isinstance(app, Shop | APIRouter):
        return
    _check_no_coroutine(app, "An application")
    name = name_of(app)
    if isinstance(app, type):
        raise CourseError(f"`{name}` is a class; what is served is made by calling it: `{name}()`.")
    if not callable(app):
        raise CourseError(f"An application is {_APPLICATION}, not {described(app)}.")
    if not accepts(app, 3):
        raise CourseError(f"An application is {_APPLICATION}, not {described(app)}.{_call(app)}")


def check_routers(routers: Sequence[Any]) -> None:
    """Raises ``CourseError`` for anything else that was given by position."""
    for router in routers:
        _check_no_coroutine(router, "A router")
        if not isinstance(router, APIRouter):
            raise CourseError(
                f"By position, `lab.shop` takes routers, not {described(router)}.{_call(router)} "
                "Other parts are given by name, such as `database=…`."
            )


def check_maker(function: Any, name: str) -> None:
    """Raises ``CourseError`` unless it is a plain function of one argument, the settings.

    Args:
        function: What opens a part of the shop; ``None`` for the shop's own.
        name: The parameter it was given as.
    """
    if function is None:
        return
    close_coroutines(function)
    if not callable(function):
        raise CourseError(
            f"`{name}` is your function itself, not {described(function)}: leave out the "
            f"parentheses, as in `{name}=open_{name}`."
        )
    if inspect.iscoroutinefunction(function):
        raise CourseError(
            f"`{name_of(function)}` is `async def`; `{name}` takes a plain function (`def`)."
        )
    if not accepts(function, 1):
        raise CourseError(
            f"`{name_of(function)}` is called with one argument, the settings, and does not take "
            "one."
        )


def check_middleware(layers: Any) -> None:
    """Raises ``CourseError`` for anything but ``None`` or a list of ``Middleware``."""
    if layers is None:
        return
    if not isinstance(layers, Sequence) or not all(isinstance(one, Middleware) for one in layers):
        raise CourseError(
            "`middleware` is a list of `Middleware`, such as `[Middleware(MyLayer)]`; not "
            f"{described(layers)}."
        )


def check_arms(arms: Any) -> None:
    """Raises ``CourseError`` for anything but applications and URLs by name."""
    if not isinstance(arms, Mapping):
        raise CourseError(
            'The arms are a dict by name, such as `{"before": lab.shop(), "after": router}`; not '
            f"{described(arms)}."
        )
    for arm in arms.values():
        if not isinstance(arm, str):
            check_application(arm)


def _call(maker: Any) -> str:
    if not inspect.isroutine(maker) and not isinstance(maker, type):
        return ""
    return f" If it makes one, call it: `{name_of(maker)}()`."


def _check_no_coroutine(thing: Any, what: str) -> None:
    if isinstance(thing, Coroutine):
        close_coroutines(thing)
        name = name_of(thing)
        raise CourseError(
            f"{what} is expected, not {described(thing)}. Write `await {name}(…)`, or make "
            f"`{name}` a plain function (`def`)."
        )
