"""What of uvicorn's internals ``PromptUvicorn`` replaces or relies on is as it was."""

import hashlib
import inspect
from typing import Any

import uvicorn

from app.lab.serving.prompt_uvicorn import PromptUvicorn

KNOWN = "24d7d04b28b8adf159222144a7d6a2fabf20faffa807e3f55eebb1dc3c06d4fc"


def test_uvicorn_is_the_one_that_was_read() -> None:
    parts: tuple[Any, ...] = (*PromptUvicorn.REPLACED, *PromptUvicorn.RELIED_ON)
    source = "".join([inspect.getsource(part) for part in parts])
    found = hashlib.sha256(source.encode()).hexdigest()
    assert found == KNOWN, (
        f"uvicorn {uvicorn.__version__} has changed what PromptUvicorn builds on: "
        f"{', '.join(part.__qualname__ for part in parts)}. Read them in uvicorn/server.py. Is "
        "there a way now to stop without its two pauses? Then take it and remove PromptUvicorn. "
        "Otherwise give PromptUvicorn.shutdown what uvicorn's does now, without the pause (it "
        "closes the listening sockets, shuts the connections down, waits for connections and "
        f"tasks, ends the lifespan), and set KNOWN to {found!r}."
    )
