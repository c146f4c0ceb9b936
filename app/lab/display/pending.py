"""A call of the lab that is still to be awaited, and says so where it is not."""

import sys
from asyncio import CancelledError
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from app.course.errors import CourseError

P = ParamSpec("P")
T = TypeVar("T")


class NotAwaited(CourseError, AttributeError):
    """An attribute of a result was read before there is a result."""


class Pending(Coroutine[Any, Any, T]):
    """A coroutine that is shown as a sentence, instead of as an object at an address."""

    def __init__(self, call: str, coroutine: Coroutine[Any, Any, T]) -> None:
        self._call = self.__qualname__ = call
        self._coroutine = coroutine
        self._begun = self._shown = False

    def __await__(self) -> Generator[Any, Any, T]:
        self._begun = True
        return self._coroutine.__await__()

    def send(self, value: Any) -> Any:
        self._begun = True
        return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:
        self._begun = True
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._begun = True
        self._coroutine.close()

    def __repr__(self) -> str:
        self._shown = True
        return f"`{self._call}(…)` has not run yet. Write `await {self._call}(…)`."

    def _repr_markdown_(self) -> str:
        return repr(self)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # Jupyter asks for many
            raise AttributeError(name)
        self._shown = True
        raise NotAwaited(f"Await the result first: `(await {self._call}(…)).{name}`.")

    def __del__(self) -> None:
        if self._begun:
            return
        self._coroutine.close()
        if not self._shown and not sys.is_finalizing():
            print(repr(self), file=sys.stderr)


def must_be_awaited(
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """A method of ``lab`` that says so where it is not awaited, and that shows one line where it is
    interrupted."""
    call = f"lab.{method.__name__}"

    @wraps(method)
    def begin(*args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return Pending(call, _run(*args, **kwargs))

    async def _run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (CancelledError, KeyboardInterrupt) as error:
            _show_in_one_line(error, call)
            raise

    return begin


def interrupted_in_one_line(method: Callable[P, T]) -> Callable[P, T]:
    """A method of ``lab`` that shows one line where it is interrupted."""
    call = f"lab.{method.__name__}"

    @wraps(method)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except KeyboardInterrupt as error:
            _show_in_one_line(error, call)
            raise

    return run


def _show_in_one_line(error: BaseException, call: str) -> None:
    """It stays the same exception, so that a timeout around the call finds its cancellation."""
    # What IPython calls instead of formatting the traceback.
    error._render_traceback_ = lambda: [f"Interrupted: `{call}` did not finish."]  # type: ignore[attr-defined]
