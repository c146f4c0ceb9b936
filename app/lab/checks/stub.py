"""Whether an answer is still the one the exercise was shipped with."""

import ast
import linecache
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from inspect import isfunction
from typing import Any

from fastapi import APIRouter

from app.course.kinds.several import Several

_STUB = re.compile(r'^```python tags=\["stub"\]\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@cache
def stub_sources(slug: str) -> tuple[str, ...]:
    """The cells to edit as lesson ``slug`` ships them."""
    text = files("app.lessons").joinpath(slug, "exercise.md").read_text(encoding="utf-8")
    found = tuple(_STUB.findall(text))
    if not found:
        raise LookupError(f"app/lessons/{slug}/exercise.md has no cell tagged 'stub'.")
    return found


def is_untouched(answer: Any, slug: str) -> bool:
    """Whether ``answer`` comes from the unchanged stub. Comments and layout do not count.

    Code is compared as the cell it was written in, a plain value with the value in the stub.
    """
    stubs = [ast.parse(source) for source in stub_sources(slug)]
    answers = answer if isinstance(answer, Several) else [answer]
    return all(any(_is_from(one, stub) for stub in stubs) for one in answers)


def _is_from(answer: Any, stub: ast.Module) -> bool:
    sources = [_cell_of(function) for function in _functions(answer)]
    if sources:
        return all(_same(source, stub) for source in sources)
    values = (node.value for node in stub.body if isinstance(node, ast.Assign))
    return any(_equals(_literal(value), answer) for value in values)


def _equals(value: Any, answer: Any) -> bool:
    try:
        return bool(value == answer)
    except Exception:  # an array, say, has no single truth value
        return False


def _functions(answer: Any) -> Iterator[Callable[..., Any]]:
    if isinstance(answer, APIRouter):
        yield from (getattr(route, "endpoint", None) for route in answer.routes)  # type: ignore[misc]
    elif isinstance(answer, type):
        yield from filter(isfunction, vars(answer).values())
    elif isfunction(answer):
        yield answer


def _cell_of(function: Callable[..., Any]) -> str:
    """The whole cell that a function was written in; IPython registers cells with linecache."""
    code = getattr(function, "__code__", None)
    return "".join(linecache.getlines(code.co_filename)) if code else ""


def _same(source: str, stub: ast.Module) -> bool:
    try:
        return ast.dump(ast.parse(source)) == ast.dump(stub)
    except SyntaxError:
        return False


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return object()
