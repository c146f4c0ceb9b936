"""Functions and methods as their source declares them, for people to read."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.course.errors import CourseError
from app.lab.authoring.docstring import Docstring, parse_docstring

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
WIDTH = 76
"""Characters that a call may have on one line."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A function, a method or a property."""

    name: str
    call: str
    """Python code that shows how it is used, with types and defaults."""
    doc: Docstring


def verbs_of(node: ast.ClassDef, prefix: str) -> Iterator[Verb]:
    """The public methods and properties in their order; ``prefix`` is what they are called on."""
    for item in node.body:
        if isinstance(item, Function) and not _is_hidden(item):
            yield verb_of(item, prefix)


def _is_hidden(node: Function) -> bool:
    return node.name.startswith("_") or "overload" in _decorators(node)


def verb_of(node: Function, prefix: str = "") -> Verb:
    """Raises ``CourseError`` where the docstring lacks an argument or the result."""
    name, doc = f"{prefix}{node.name}", parse_docstring(ast.get_docstring(node) or "")
    decorators, result = _decorators(node), code_of(node.returns)
    if "property" in decorators:
        _require(bool(doc.text), name, "no docstring")
        return Verb(name, f"{name} -> {result}", doc)
    parameters = dict(_parameters(node))
    _require_complete(name, doc, list(parameters), result)
    call = _call(name, list(parameters.values()))
    if decorators & {"asynccontextmanager", "contextmanager"}:
        word = "async with" if isinstance(node, ast.AsyncFunctionDef) else "with"
        return Verb(name, f"{word} {call} as {result.partition('[')[2].removesuffix(']')}", doc)
    word = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    return Verb(name, f"{word}{call} -> {result}", doc)


def class_of(node: ast.ClassDef) -> Verb:
    """A dataclass as it is made, with its fields as arguments.

    Raises ``CourseError`` where it or one of its fields has no docstring.
    """
    doc = parse_docstring(ast.get_docstring(node) or "")
    _require(bool(doc.text), node.name, "no docstring")
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
    args = {ast.unparse(field.target): text_below(field, node.body) for field in fields}
    for name, text in args.items():
        _require(bool(text), f"{node.name}.{name}", "no docstring below it")
    call = _call(node.name, [_field(field) for field in fields])
    return Verb(node.name, call, replace(doc, args=args))


def text_below(assignment: ast.stmt, body: list[ast.stmt]) -> str:
    """The docstring of an assignment: a string that is the next statement."""
    match body[body.index(assignment) + 1 :]:
        case [ast.Expr(ast.Constant(str(text))), *_]:
            return parse_docstring(text).text
        case _:
            return ""


def _field(field: ast.AnnAssign) -> str:
    value = f" = {_expression(field.value)}" if field.value is not None else ""
    return f"{ast.unparse(field.target)}: {code_of(field.annotation)}{value}"


def _decorators(node: Function) -> set[str]:
    return {ast.unparse(decorator) for decorator in node.decorator_list}


def _parameters(node: Function) -> Iterator[tuple[str, str]]:
    """Each parameter's name and code; a bare ``*`` has no name."""
    args = node.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    for arg, default in zip(positional, defaults, strict=True):
        if arg.arg not in ("self", "cls"):
            yield arg.arg, _parameter(arg, default)
    if args.vararg:
        yield args.vararg.arg, f"*{_parameter(args.vararg)}"
    elif args.kwonlyargs:
        yield "", "*"
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield arg.arg, _parameter(arg, default)
    if args.kwarg:
        yield args.kwarg.arg, f"**{_parameter(args.kwarg)}"


def _parameter(arg: ast.arg, default: ast.expr | None = None) -> str:
    value = f" = {_expression(default)}" if default is not None else ""
    return f"{arg.arg}: {code_of(arg.annotation)}{value}"


def code_of(annotation: ast.expr | None) -> str:
    """A type as it is written, without the quotes around one that is imported late."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return _expression(annotation) if annotation is not None else "None"


def _expression(node: ast.expr) -> str:
    """Python's own tool writes single quotes."""
    code = ast.unparse(node)
    return code if '"' in code else code.replace("'", '"')


def _call(name: str, parameters: list[str]) -> str:
    line = f"{name}({', '.join(parameters)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {one}," for one in parameters), ")"])


def _require_complete(name: str, doc: Docstring, parameters: list[str], result: str) -> None:
    named = [parameter for parameter in parameters if parameter]
    _require(bool(doc.text), name, "no docstring")
    _require(list(doc.args) == named, name, f"not under Args, in this order: {', '.join(named)}")
    _require(bool(doc.returns) == (result != "None"), name, "no Returns, or one for nothing")


def _require(holds: bool, name: str, lacks: str) -> None:
    if not holds:
        raise CourseError(f"{name} is documented incompletely: {lacks}.")
