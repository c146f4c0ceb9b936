"""The comparison for the README: saved as JSON, rendered as Markdown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.lab.load.figures import FOLDER, save
from app.lab.load.machine import Machine
from app.lab.load.wording import UNKNOWN
from app.lab.tools.frameworks.five import FIVE
from app.lab.tools.frameworks.tables import columns

NAME = "frameworks"


def save_figures(root: Path, results: Mapping[str, Any]) -> Path:
    """Save the output of ``Comparisons.to_json`` for the README; returns the file."""
    save(root, NAME, dict(results))
    return path_of(root)


def path_of(root: Path) -> Path:
    return root / FOLDER / f"{NAME}.json"


def frameworks_table(root: Path) -> str | None:
    """The saved comparison as Markdown; ``None`` if there is none."""
    path = path_of(root)
    return markdown(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def markdown(results: Mapping[str, Any]) -> str:
    """Requests per second on one core, next to the article's, with machine and versions."""
    rates = {
        (row["framework"], row["job"], row["access"]): row["rps"]
        for row in results["rows"]
        if row["processes"] == 1
    }
    headers = ["the article", *(header for header, _, _ in columns()), "lines of code"]
    rows = [f"| | {' | '.join(headers)} |", f"|---|{'--:|' * len(headers)}"]
    for framework, _ in FIVE:
        measured = [
            f"{rates[key]:,.0f}" if key in rates else UNKNOWN
            for key in ((framework.slug, job.slug, access) for _, job, access in columns())
        ]
        lines = str(results["lines"].get(framework.slug, UNKNOWN))
        cells = [f"{framework.article:,}", *measured, lines]
        rows.append(f"| {framework.title} | {' | '.join(cells)} |")
    return "\n".join([*rows, "", f"*{_provenance(results)}*"])


def _provenance(results: Mapping[str, Any]) -> str:
    merged: dict[str, str] = {}
    for versions in results["versions"].values():
        merged |= versions
    versions = ", ".join(f"{name} {version}" for name, version in merged.items())
    return (
        f"Requests per second of one process on one core. {Machine(**results['machine'])}; "
        f"{versions}."
    )
