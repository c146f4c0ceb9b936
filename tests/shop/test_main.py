"""The application as a server imports it."""

import json
import subprocess
import sys
from typing import Any

import pytest

TOLD = """
import gc, json
{statement}
print(json.dumps({{"frozen": gc.get_freeze_count(), "watched": len(gc.get_objects())}}))
"""


def told_after(statement: str) -> dict[str, Any]:
    command = [sys.executable, "-c", TOLD.format(statement=statement)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.slow
def test_a_served_process_never_looks_through_its_modules_for_garbage() -> None:
    told = told_after("import app.main")
    assert told["frozen"] > 50_000
    assert told["watched"] < 1_000


@pytest.mark.slow
def test_what_others_have_is_theirs_to_freeze() -> None:
    """A notebook's kernel makes the same application, among objects that come and go."""
    assert told_after("from app.shop import create_app; app = create_app()")["frozen"] == 0
