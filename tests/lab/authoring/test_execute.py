"""How a notebook's kernel is reached."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from app.lab.authoring.execute import execute

TRANSPORT = """
import json
from ipykernel.connect import get_connection_info

print(json.loads(get_connection_info())["transport"])
"""


def notebook(source: str) -> Any:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "one",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such sockets")
@pytest.mark.parametrize(("name", "transport"), [("short", "ipc"), ("long" * 30, "tcp")])
def test_a_kernel_takes_no_port_unless_the_path_is_too_long(
    name: str, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as parent:  # pytest's own may be too long already
        folder = Path(parent) / name
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        executed, failure = execute(notebook(TRANSPORT), folder, timeout=60)
    assert failure is None
    assert executed["cells"][0]["outputs"][0]["text"] == [f"{transport}\n"]
