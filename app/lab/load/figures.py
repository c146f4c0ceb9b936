"""The figures shown in the README, as measured and saved by ``make bench``."""

import json
from pathlib import Path
from typing import Any

from app.lab.load.statistics import times
from app.lab.load.wording import decimals

FOLDER = "docs/figures"


def ladder_table(root: Path) -> str | None:
    """The saved ladder as Markdown; ``None`` if there is none."""
    saved = _saved(root, "ladder")
    if saved is None:
        return None
    rungs: list[dict[str, Any]] = saved["rungs"]
    first, last = rungs[0], rungs[-1]
    headers = "| The shop | Statements a request | Requests a second | Median response time |"
    rows = [headers, "|---|--:|--:|--:|"]
    for rung in rungs:
        name = f"after `{rung['after']}`"
        if rung is first:
            name = "first draft"
        elif rung is last:
            name += ", finished"
        speed = "1×"
        if rung is not first:
            low, high = times(rung["ci_low"]), times(rung["ci_high"])
            speed = f"{times(rung['ratio'])} ({low} to {high})"
        middle = f"{rung['p50_ms'] / first['p50_ms']:.2g}×"
        statements = decimals(rung["statements_per_request"], 2)
        rows.append(f"| {name} | {statements} | {speed} | {middle} |")
    return "\n".join([*rows, "", f"*{saved['measured']}*"])


def save(root: Path, name: str, figures: dict[str, Any]) -> None:
    """Save JSON-serializable figures under a name."""
    path = _path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _saved(root: Path, name: str) -> dict[str, Any] | None:
    path = _path(root, name)
    if not path.exists():
        return None
    saved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return saved


def _path(root: Path, name: str) -> Path:
    return root / FOLDER / f"{name}.json"
