"""Removes from stored outputs what is meaningless and changes with every run."""

import re
from pathlib import Path
from typing import Any

from app.lab.authoring.notebook import Notebook, code_cells, text_of

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
BARE_TAG = re.compile(r"</?(?:div|p|pre|span|code|br)\b[^>]*>")
ADDRESS = re.compile(r"\b0x[0-9a-f]{8,}\b")
TEXTUAL = re.compile(r"text/|image/svg|application/(javascript|xml)")


def scrub(notebook: Notebook, root: Path) -> None:
    """Clean ``notebook`` in place: number the cells in order, and remove control sequences, memory
    addresses, this machine's path to the project, and empty outputs."""
    for count, (_, cell) in enumerate(code_cells(notebook), start=1):
        cell["execution_count"] = count if cell["execution_count"] is not None else None
        cell["metadata"].pop("execution", None)
        outputs = [_scrubbed(output, root) for output in cell["outputs"]]
        cell["outputs"] = [output for output in outputs if not _is_empty(output)]
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = cell["execution_count"]


def _scrubbed(output: dict[str, Any], root: Path) -> dict[str, Any]:
    kind = output["output_type"]
    if kind == "stream":
        return output | {"text": _lines(output["text"], root)}
    if kind == "error":
        return output | {"traceback": [_clean(line, root) for line in output["traceback"]]}
    data = {
        mime: _lines(content, root) if TEXTUAL.match(mime) else content
        for mime, content in output["data"].items()
    }
    return output | {"data": data}


def _lines(text: str | list[str], root: Path) -> list[str]:
    return _clean(text_of(text), root).splitlines(keepends=True)


def _clean(text: str, root: Path) -> str:
    text = ADDRESS.sub("0x…", ANSI.sub("", text))
    return text.replace(f"{root}/", "").replace(str(root), root.name)


def _is_empty(output: dict[str, Any]) -> bool:
    """A progress bar that has removed itself leaves an empty display."""
    if output["output_type"] == "stream":
        return not text_of(output["text"])
    if output["output_type"] == "error":
        return False
    # If there are other forms, the plain text is only the name of a class.
    shown = {mime: held for mime, held in output["data"].items() if mime != "text/plain"}
    return not any(map(_says_something, (shown or output["data"]).values()))


def _says_something(content: Any) -> bool:
    textual = isinstance(content, str) or (
        isinstance(content, list) and all(isinstance(line, str) for line in content)
    )
    return bool(BARE_TAG.sub("", text_of(content)).strip()) if textual else True
