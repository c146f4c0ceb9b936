"""Figures that the README shows, as ``make bench`` measured and kept them."""

import json
from pathlib import Path
from typing import Any

from app.lab.load.statistics import times
from app.lab.load.wording import decimals

FOLDER = "docs/figures"


def ladder_table(root: Path) -> str | None:
    """Markdown of the kept ladder; ``None`` where there is none."""
    kept = _kept(root, "ladder")
    if kept is None:
        return None
    rungs: list[dict[str, Any]] = kept["rungs"]
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
    return "\n".join([*rows, "", f"*{kept['measured']}*"])


def keep(root: Path, name: str, figures: dict[str, Any]) -> None:
    """Store figures, which ``json`` can write, below that name."""
    path = _path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _kept(root: Path, name: str) -> dict[str, Any] | None:
    path = _path(root, name)
    if not path.exists():
        return None
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _path(root: Path, name: str) -> Path:
    return root / FOLDER / f"{name}.json"
