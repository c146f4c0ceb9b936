"""Counts a framework's lines of code.

These are the lines of the programs in its folder that are not blank, a comment or a docstring, and
those of the models and schemas that they import from elsewhere. The two SQL statements that all
frameworks share do not count.
"""

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from pathlib import Path

from app.lab.tools.frameworks.framework import FOLDER, Framework

ROOT = FOLDER.parents[2]
_NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def code_lines(framework: Framework) -> int:
    programs = [p for p in framework.folder.iterdir() if p.suffix in (".py", ".js", ".go")]
    own = [len(_lines_of(program)) for program in programs]
    borrowed = [_lines_of_classes(path, names) for path, names in framework.borrowed.items()]
    return sum(own) + sum(borrowed)


def _lines_of(program: Path) -> set[int]:
    text = program.read_text(encoding="utf-8")
    if program.suffix == ".py":
        return _python_lines(text)
    return {n for n, line in enumerate(text.splitlines(), 1) if not re.match(r"\s*(//.*)?$", line)}


def _python_lines(text: str) -> set[int]:
    used: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NOT_CODE:
            used.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        # A docstring, including one below an attribute.
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            used.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return used


def _lines_of_classes(path: str, names: Sequence[str]) -> int:
    text = (ROOT / path).read_text(encoding="utf-8")
    used = _python_lines(text)
    classes = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.ClassDef)}
    nodes = [classes[name] for name in names]
    return sum(len(used & set(range(c.lineno, (c.end_lineno or c.lineno) + 1))) for c in nodes)
