"""What a check received instead of an answer, in a sentence."""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from app.course.exercise import Refusal


def refused(answer: Any, expected: str) -> Refusal:
    """The refusal of an answer that cannot be one: what it is, and what was expected."""
    return Refusal(f"The check received {described(answer)}; expected {expected}.{_advice(answer)}")


def described(thing: Any) -> str:
    """What ``thing`` is, with the name that its author gave it."""
    if isinstance(thing, Coroutine):
        return f"a coroutine (`{name_of(thing)}` is `async def`, and its call was not awaited)"
    if isinstance(thing, type):
        return f"the class `{thing.__name__}`"
    if inspect.isroutine(thing):
        return f"the function `{name_of(thing)}`"
    return f"{_article(type(thing).__name__)} {type(thing).__name__}"


def name_of(thing: Any) -> str:
    """A function's or coroutine's own name."""
    return str(getattr(thing, "__qualname__", "it")).rpartition("<locals>.")[2]


def close_coroutines(*things: Any) -> None:
    """So that Python does not warn of those that nobody will await."""
    for thing in things:
        if isinstance(thing, Coroutine):
            thing.close()


def accepts(function: Callable[..., Any], arguments: int) -> bool:
    """Whether it can be called with that many positional arguments; true if it does not say."""
    try:
        inspect.signature(function).bind(*[None] * arguments)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _advice(thing: Any) -> str:
    """How to get from a class or a function to what it makes."""
    if isinstance(thing, type) or (inspect.isfunction(thing) and accepts(thing, 0)):
        return f" Does `{name_of(thing)}` make it? Then call it: `{name_of(thing)}()`."
    return ""


def _article(noun: str) -> str:
    return "an" if noun[:1] in "AEIOUaeiou" else "a"
