"""The mistakes that can be made in any exercise, made in its solution."""

import ast
from collections.abc import Iterator

from app.course.exercise import OutcomeName
from app.lab.authoring.planned import Planned

UNKNOWN = "undefined_name"
ELSEWHERE = "/elsewhere"
METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def derived(solution: str, answer: str | None) -> Iterator[Planned]:
    """Wrong answers to the exercise with that solution; ``answer`` is the name handed in.

    A syntax error, an unknown name and an object of a type that no exercise expects; a function
    that returns nothing where a function is handed in; another path where there are endpoints.
    """
    yield _wrong("a syntax error", f"{solution}\nif", "SyntaxError", "error")
    yield _wrong("an unknown name", _beginning_with(solution, UNKNOWN), UNKNOWN, "error")
    if answer is not None:
        other = f"{solution}\n{answer} = frozenset()"
        yield _wrong("another type", other, "frozenset", "wrong")
        if any(one.name == answer for one in _functions(ast.parse(solution))):
            nothing = _beginning_with(solution, "return None", answer)
            yield _wrong("a function that returns nothing", nothing, "NoneType", "error")
    if moved := _at_other_paths(solution):
        yield _wrong("another path", moved, "answered by the shop's endpoint", "wrong")


def _wrong(name: str, source: str, says: str, expected: OutcomeName) -> Planned:
    return Planned(name, source, expected, says, derived=True)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _beginning_with(source: str, statement: str, function: str | None = None) -> str:
    """``source`` with the statement put first in that function, else in every function, else at
    the top where there is none."""
    tree = ast.parse(source)
    bodies = [one.body for one in _functions(tree) if function in (None, one.name)]
    for body in bodies or [tree.body]:
        body[:0] = ast.parse(statement).body
    return ast.unparse(tree)


def _at_other_paths(source: str) -> str | None:
    """``source`` with each endpoint at another path; ``None`` where there is no endpoint."""
    tree = ast.parse(source)
    moved = False
    for function in _functions(tree):
        for decorator in function.decorator_list:
            match decorator:
                case ast.Call(
                    func=ast.Attribute(attr=method),
                    args=[ast.Constant(value=str(path)) as first, *_],
                ):
                    if method in METHODS:
                        first.value = f"{path}{ELSEWHERE}"
                        moved = True
    return ast.unparse(tree) if moved else None
