"""The application as a server process imports it."""

import json
import subprocess
import sys
from typing import Any

import pytest

SCRIPT = """
import gc, json
{statement}
print(json.dumps({{"frozen": gc.get_freeze_count(), "tracked": len(gc.get_objects())}}))
"""


def gc_state_after(statement: str) -> dict[str, Any]:
    command = [sys.executable, "-c", SCRIPT.format(statement=statement)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    state: dict[str, Any] = json.loads(done.stdout)
    return state


@pytest.mark.slow
def test_importing_app_main_exempts_modules_from_garbage_collection() -> None:
    state = gc_state_after("import app.main")
    assert state["frozen"] > 50_000
    assert state["tracked"] < 1_000


@pytest.mark.slow
def test_create_app_does_not_freeze_the_objects_of_its_process() -> None:
    """A notebook's kernel creates the same application among short-lived objects of its own."""
    assert gc_state_after("from app.shop import create_app; app = create_app()")["frozen"] == 0
