"""An untouched answer is told from one that was worked on."""

import linecache
from types import FunctionType
from typing import Any

import pytest
from fastapi import APIRouter

from app.course.catalogue import written_lessons
from app.lab.checks.stub import is_untouched, stub_sources

IMPORTS = """
from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from app.shop.community import schemas
from app.shop.dependencies import Before, Limit, ReadSession
from app.shop.models import Account, Comment, Post
"""


def run(source: str, name: str) -> Any:
    """What ``name`` is after the cell ``source`` has run, as IPython runs it."""
    filename = f"<cell of a test {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(IMPORTS, namespace)
    exec(compile(source, filename, "exec"), namespace)
    return namespace[name]


@pytest.mark.parametrize("lesson", written_lessons(), ids=lambda lesson: lesson.slug)
def test_every_lesson_has_a_stub(lesson: Any) -> None:
    assert stub_sources(lesson.slug)


def test_comments_and_layout_do_not_count() -> None:
    [stub] = stub_sources("eager_loading")
    assert is_untouched(run(stub, "router"), "eager_loading")
    assert is_untouched(run("# I looked at it.\n\n" + stub, "router"), "eager_loading")


def test_any_change_counts() -> None:
    changed = stub_sources("eager_loading")[0].replace("Limit = 20", "Limit = 21")
    assert not is_untouched(run(changed, "router"), "eager_loading")
    assert not is_untouched(APIRouter(), "eager_loading")
    assert not is_untouched(None, "eager_loading")


def test_values_are_compared_as_values() -> None:
    untouched = {"statements": None, "connections": None, "round_trips": None}
    assert is_untouched(untouched, "start_here")
    assert not is_untouched({**untouched, "connections": 1}, "start_here")


def test_a_function_is_compared_as_its_cell() -> None:
    function = run("def open_database(settings):\n    return None\n", "open_database")
    assert isinstance(function, FunctionType)
    assert not is_untouched(function, "pooling")


@pytest.mark.parametrize(("body", "untouched"), [("self.app = app", True), ("pass", False)])
def test_a_class_is_compared_by_its_methods(
    body: str, untouched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "class Layer:\n    def __init__(self, app):\n        {}\n"
    monkeypatch.setattr(
        "app.lab.checks.stub.stub_sources", lambda _: (source.format("self.app = app  # here"),)
    )
    assert is_untouched(run(source.format(body), "Layer"), "any") is untouched


def test_an_answer_that_cannot_be_compared_is_not_the_stub() -> None:
    class Array:
        def __eq__(self, other: object) -> bool:
            raise ValueError("the truth value of an array is ambiguous")

        __hash__ = None  # type: ignore[assignment]

    assert not is_untouched(Array(), "start_here")
