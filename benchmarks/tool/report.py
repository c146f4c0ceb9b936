"""The findings as a page of Markdown, with the machine they were made on."""

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from app.lab.render.table import Table
from benchmarks.tool.finding import Finding

PATH = Path("docs/load-generator.md")
PACKAGES = ("fastapi", "uvicorn", "uvloop", "httptools", "asyncpg", "redis")

INTRODUCTION = """# Can the load generator be trusted?

Every lesson's times come from one load generator. This page is what `make bench-tool` found when it
was put to the test; run it to see what it finds on your machine. It is generated: do not edit it.
The tests hold a short form of it.
"""


def page(findings: Mapping[str, Finding]) -> str:
    """``findings`` by the studies' names, in order."""
    met = sum(finding.met for finding in findings.values())
    parts = [INTRODUCTION, f"{machine()}\n\n**{met} of {len(findings)} claims held.**\n"]
    for finding in findings.values():
        mark = "Held" if finding.met else "**Did not hold**"
        parts.append(
            f"## {finding.claim}\n\n{mark}. {finding.remark}\n\n{markdown(finding.seen)}\n"
        )
    return "\n".join(parts)


def machine() -> str:
    """When and where, in a sentence each."""
    cores = f"{psutil.cpu_count()} cores ({processor()})"
    memory = f"{psutil.virtual_memory().total / 2**30:.0f} GiB"
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%d %B %Y}: {cores}, {memory}, {platform.system()}, "
        f"Python {platform.python_version()}; {packages}."
    )


def processor() -> str:
    """The processor's name, as far as the system tells."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def markdown(table: Table) -> str:
    rows = [table.headers, ["---"] * len(table.headers), *table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
