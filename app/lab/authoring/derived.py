"""The mistakes that can be made in any exercise, made in its solution."""

import ast
from collections.abc import Iterator, Sequence

from app.course.exercise import OutcomeName
from app.lab.authoring.exercise_cells import BREAK
from app.lab.authoring.planned import Planned

UNKNOWN = "undefined_name"
ELSEWHERE = "/elsewhere"
METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def derived(solution: str, answers: Sequence[str]) -> Iterator[Planned]:
    """Wrong answers to the exercise with that solution; ``answers`` are the names handed in.

    A syntax error, an unknown name, for each answer an object of a type that no exercise expects,
    and where it is a function one that returns nothing; where there are endpoints, another path
    and an endless loop.
    """
    trees = [ast.parse(cell) for cell in solution.split(BREAK)]
    functions = [one.name for tree in trees for one in _functions(tree)]
    yield _wrong("a syntax error", f"{solution}\nif", "SyntaxError", "error")
    yield _wrong("an unknown name", _beginning_with(solution, UNKNOWN), UNKNOWN, "error")
    for answer in answers:
        of = f" of {answer}" if len(answers) > 1 else ""
        other = f"{solution}\n{answer} = frozenset()"
        yield _wrong(f"another type{of}", other, "frozenset", "wrong")
        if answer in functions:
            nothing = _beginning_with(solution, "return None", answer)
            yield _wrong(f"a function that returns nothing{of}", nothing, "NoneType", "error")
    if moved := _at_other_paths(solution):
        yield _wrong("another path", moved, "answered by the shop's endpoint", "wrong")
        yield _wrong("an endless loop", _endless(solution), "does not return", "error")


def _wrong(name: str, source: str, says: str, expected: OutcomeName) -> Planned:
    return Planned(name, source, expected, says, derived=True)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _beginning_with(source: str, statement: str, function: str | None = None) -> str:
    """``source`` with the statement put first in that function, else in every function, else at
    the top where there is none."""
    trees = [ast.parse(cell) for cell in source.split(BREAK)]
    bodies = [
        one.body for tree in trees for one in _functions(tree) if function in (None, one.name)
    ]
    for body in bodies or [trees[0].body]:
        body[:0] = ast.parse(statement).body
    return BREAK.join(map(ast.unparse, trees))


def _at_other_paths(source: str) -> str | None:
    """``source`` with each endpoint at another path; ``None`` where there is no endpoint."""
    trees = [ast.parse(cell) for cell in source.split(BREAK)]
    paths = [path for tree in trees for path in _paths(tree)]
    for path in paths:
        path.value = f"{path.value!s}{ELSEWHERE}"
    return BREAK.join(map(ast.unparse, trees)) if paths else None


def _endless(source: str) -> str:
    """``source`` with an endless loop in each endpoint. It sleeps, since attempts that are tried
    at the same time need the CPU."""
    trees = [ast.parse(cell) for cell in source.split(BREAK)]
    for function in (one for tree in trees for one in _functions(tree)):
        if any(True for _ in _paths(function)):
            function.body[:0] = ast.parse("while True: __import__('time').sleep(0.01)").body
    return BREAK.join(map(ast.unparse, trees))


def _paths(tree: ast.AST) -> Iterator[ast.Constant]:
    """The paths in decorators such as ``@router.get("/posts")``."""
    for function in _functions(tree):
        for decorator in function.decorator_list:
            match decorator:
                case ast.Call(
                    func=ast.Attribute(attr=method), args=[ast.Constant(value=str()) as path, *_]
                ) if method in METHODS:
                    yield path
