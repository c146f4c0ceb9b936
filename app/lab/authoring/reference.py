"""``docs/lab.md``: all of the lab that notebooks may use, made from its docstrings."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.course.errors import CourseError
from app.lab.authoring.docstring import Docstring
from app.lab.authoring.project import Project
from app.lab.authoring.signature import (
    Function,
    Verb,
    class_of,
    code_of,
    text_below,
    verb_of,
    verbs_of,
)

VERBS = {"serving": "Serving", "requests": "Requests", "loads": "Loads", "guidance": "Guidance"}
"""The modules in ``app.lab.session``, and the class in each whose methods are verbs of ``lab``."""
SHARED = "app.lab.session.state"
"""The module with the constants and the types that all of them use."""
HEAD = """\
# What a notebook works with

<!-- Made from the docstrings by `course build`; edit those. -->

```python
from app.lab import lab
```

A notebook can `await` in any cell. A `CourseError` is shown as one sentence that says what to do.
"""


def path_of(project: Project) -> Path:
    return project.root / "docs" / "lab.md"


def reference(project: Project) -> str:
    """The document; empty for a course that has no lab of its own.

    Raises ``CourseError`` for a public name that is not documented completely.
    """
    if not _file(project, "app.lab").exists():
        return ""
    classes = (_class(project, f"app.lab.session.{home}", name) for home, name in VERBS.items())
    verbs = [verb for found in classes for verb in verbs_of(found, "lab.")]
    homes = _public_names(project)
    parts = [HEAD, _overview(verbs, homes)]
    parts += [f"## Verbs of `lab`\n\n{_aliases(project)}", *map(_section, verbs)]
    parts.append("## Names in `app.lab`")
    parts += [_exported(project, name, module) for name, module in homes.items()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _file(project: Project, module: str) -> Path:
    path = project.root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _module(project: Project, module: str) -> ast.Module:
    """The module's code, with the values of its constants in place of their names."""
    tree = _parsed(project, module)
    values = _constants(tree)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == SHARED:
            values |= _constants(_parsed(project, SHARED))
    inlined: ast.Module = _Inlined(values).visit(tree)
    return inlined


def _parsed(project: Project, module: str) -> ast.Module:
    return ast.parse(_file(project, module).read_text(encoding="utf-8"))


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        ast.unparse(node.targets[0]): node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


class _Inlined(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        is_read = isinstance(node.ctx, ast.Load)
        return self._values.get(node.id, node) if is_read else node


def _class(project: Project, module: str, name: str) -> ast.ClassDef:
    node = _definition(project, module, name)
    assert isinstance(node, ast.ClassDef)
    return node


def _definition(project: Project, module: str, name: str) -> ast.ClassDef | Function:
    for node in _module(project, module).body:
        if isinstance(node, ast.ClassDef | Function) and node.name == name:
            return node
    raise CourseError(f"app/lab/__init__.py: {module} defines no {name}.")


def _public_names(project: Project) -> dict[str, str]:
    """Each name that ``app.lab`` exports, and its module."""
    for node in _module(project, "app.lab").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            homes: dict[str, str] = ast.literal_eval(node.value)
            return dict(sorted(homes.items(), key=lambda home: home[0].lower()))
    raise CourseError("app/lab/__init__.py has no _HOMES.")


def _aliases(project: Project) -> str:
    """The types that have a name of their own."""
    body = _module(project, SHARED).body
    return "\n\n".join(
        f"`{ast.unparse(node.target)}` is `{code_of(node.value)}`: {_line(text_below(node, body))}"
        for node in body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"
    )


def _overview(verbs: list[Verb], homes: dict[str, str]) -> str:
    rows = [f"| [`{verb.name}`](#{_anchor(verb.name)}) | {verb.doc.summary} |" for verb in verbs]
    names = ", ".join(f"[`{name}`](#{_anchor(name)})" for name in homes)
    return "\n".join(["| | |", "|---|---|", *rows, "", f"Besides, `app.lab` has {names}."])


def _anchor(heading: str) -> str:
    """As GitHub makes it from a heading."""
    return "".join(char for char in heading.lower() if char.isalnum() or char in "-_")


def _exported(project: Project, name: str, module: str) -> str:
    node = _definition(project, module, name)
    if not isinstance(node, ast.ClassDef):
        return _section(verb_of(node))
    methods = [_section(verb, level=4) for verb in verbs_of(node, f"{name}.")]
    return "\n\n".join([_section(class_of(node)), *methods])


def _section(verb: Verb, level: int = 3) -> str:
    return "\n\n".join(
        [f"{'#' * level} `{verb.name}`", f"```python\n{verb.call}\n```", *_paragraphs(verb.doc)]
    )


def _paragraphs(doc: Docstring) -> Iterator[str]:
    yield doc.text
    if doc.args:
        yield "\n".join(f"- `{name}`: {_line(text)}" for name, text in doc.args.items())
    if doc.returns:
        yield f"**Result**: {doc.returns}"
    if doc.raises:
        yield "**Raises**: " + " ".join(f"`{name}` {text}" for name, text in doc.raises)


def _line(text: str) -> str:
    return " ".join(text.split())
