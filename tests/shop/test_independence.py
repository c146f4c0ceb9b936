"""The shop is an independent application that does not refer to the course around it."""

import ast
import re
from pathlib import Path

import pytest

import app.shop

ROOT = Path(next(iter(app.shop.__path__)))
SOURCES = sorted(ROOT.rglob("*.py"))
TEACHING = re.compile(
    r"\b(slow|slower|fast|faster|demo|lesson|lessons|course|exercise|learner|before_lesson|naive)\b",
    re.IGNORECASE,
)


def imports_of(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_nothing_from_the_course(source: Path) -> None:
    of_the_project = {name for name in imports_of(source) if name.split(".")[0] in ("app", "tests")}
    assert all(name.startswith("app.shop") for name in of_the_project)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_contains_no_teaching_vocabulary(source: Path) -> None:
    assert TEACHING.findall(source.read_text()) == []
