"""The findings as a page of Markdown, with the machine they were made on."""

import platform
import re
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
HELD, BROKEN = "Held", "**Did not hold**"
_SECTION = re.compile(r"<!-- (\w+) -->\n(.*?)(?=<!-- |\Z)", re.DOTALL)


def page(findings: Mapping[str, Finding], earlier: str = "") -> str:
    """``findings`` by the studies' names, in order. What ``earlier``, a page, says of other studies
    stays as it was found then."""
    known = dict(_SECTION.findall(earlier))
    known |= {name: section(finding) for name, finding in findings.items()}
    met = sum(text.split("\n\n")[1].startswith(HELD) for text in known.values())
    parts = [f"<!-- {name} -->\n{text.strip()}\n" for name, text in known.items()]
    return "\n".join([INTRODUCTION, f"**{met} of {len(known)} claims held.**\n", *parts])


def section(finding: Finding) -> str:
    verdict = HELD if finding.met else BROKEN
    told = f"{verdict}. {finding.remark}\n\n{markdown(finding.seen)}\n\n{machine()}"
    return f"## {finding.claim}\n\n{told}"


def machine() -> str:
    """When and where."""
    cores = f"{psutil.cpu_count()} cores ({processor()})"
    memory = f"{psutil.virtual_memory().total / 2**30:.0f} GiB"
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"*{datetime.now(UTC):%d %B %Y}, {cores}, {memory}, {platform.system()}, "
        f"Python {platform.python_version()}; {packages}.*"
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
