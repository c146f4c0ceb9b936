"""The comparison as the README shows it: kept as JSON, written as Markdown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.lab.frameworks.five import FIVE
from app.lab.frameworks.tables import columns
from app.lab.load.figures import FOLDER, save
from app.lab.load.machine import Machine
from app.lab.load.wording import UNKNOWN

NAME = "frameworks"


def keep_figures(root: Path, found: Mapping[str, Any]) -> Path:
    """Store what ``Comparisons.to_json`` gave, for the README; where."""
    save(root, NAME, dict(found))
    return path_of(root)


def path_of(root: Path) -> Path:
    return root / FOLDER / f"{NAME}.json"


def frameworks_table(root: Path) -> str | None:
    """Markdown of the kept comparison; ``None`` where there is none."""
    path = path_of(root)
    return markdown(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def markdown(found: Mapping[str, Any]) -> str:
    """Requests per second on one core, beside the article's, with where they were measured."""
    rates = {
        (row["framework"], row["job"], row["access"]): row["rps"]
        for row in found["rows"]
        if row["processes"] == 1
    }
    headers = ["the article", *(header for header, _, _ in columns()), "lines of code"]
    rows = [f"| | {' | '.join(headers)} |", f"|---|{'--:|' * len(headers)}"]
    for framework, _ in FIVE:
        measured = [
            f"{rates[key]:,.0f}" if key in rates else UNKNOWN
            for key in ((framework.slug, job.slug, access) for _, job, access in columns())
        ]
        lines = str(found["lines"].get(framework.slug, UNKNOWN))
        cells = [f"{framework.article:,}", *measured, lines]
        rows.append(f"| {framework.title} | {' | '.join(cells)} |")
    return "\n".join([*rows, "", f"*{_where(found)}*"])


def _where(found: Mapping[str, Any]) -> str:
    named: dict[str, str] = {}
    for versions in found["versions"].values():
        named |= versions
    versions = ", ".join(f"{name} {version}" for name, version in named.items())
    return (
        f"Requests per second of one process on one core. {Machine(**found['machine'])}; "
        f"{versions}."
    )
