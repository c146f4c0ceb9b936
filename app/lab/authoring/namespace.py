"""Runs a notebook's code in this process, the way a kernel would."""

import ast
import inspect
import itertools
import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_numbers = itertools.count(1)


class Namespace:
    """The namespace that the cells of a notebook share: a module ``__main__``, as in a kernel."""

    def __init__(self) -> None:
        self.module = ModuleType("__main__")
        self.values: dict[str, Any] = self.module.__dict__
        self.values["display"] = _no_display
        self._files: list[str] = []

    async def run(self, source: str) -> None:
        """Execute one cell, with top-level ``await``. Raises whatever the cell raises."""
        file = f"<cell {next(_numbers)}>"
        # Where inspect.getsource and tracebacks look for the text.
        lines = source.splitlines(keepends=True)
        linecache.cache[file] = (len(source), None, lines, file)
        self._files.append(file)
        code = compile(
            source, file, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
        )
        result = eval(code, self.values)
        if inspect.iscoroutine(result):
            await result

    @contextmanager
    def as_main(self) -> Iterator[None]:
        """Because annotations and pickles look up names in ``sys.modules["__main__"]``."""
        before = sys.modules["__main__"]
        sys.modules["__main__"] = self.module
        try:
            yield
        finally:
            sys.modules["__main__"] = before

    def forget(self) -> None:
        for file in self._files:
            linecache.cache.pop(file, None)
        self._files.clear()


def _no_display(*objects: object, **options: object) -> None:
    """Replaces IPython's ``display``, whose output would not be seen."""
