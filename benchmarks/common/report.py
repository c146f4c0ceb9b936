"""The findings as a Markdown page, each with the machine that it was measured on."""

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from app.lab.display.table import Table
from app.lab.load.machine import Machine
from benchmarks.common.finding import Finding

HELD, BROKEN = "Held", "**Did not hold**"
_SECTION = re.compile(r"<!-- (\w+) -->\n(.*?)(?=<!-- |\Z)", re.DOTALL)


@dataclass(frozen=True)
class Report:
    """A page, stored at ``path``."""

    path: Path
    introduction: str
    packages: tuple[str, ...]
    """The packages whose versions are stated with the machine."""

    def write(self, findings: Mapping[str, Finding]) -> None:
        """Replace the page's sections of ``findings``; add those that it lacks."""
        earlier = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        self.path.write_text(self.page(findings, earlier), encoding="utf-8")

    def page(self, findings: Mapping[str, Finding], earlier: str = "") -> str:
        """The page with ``findings``, by benchmark. Other sections of the ``earlier`` page stay as
        they are."""
        sections = dict(_SECTION.findall(earlier))
        sections |= {name: self.section(finding) for name, finding in findings.items()}
        held = sum(text.split("\n\n")[1].startswith(HELD) for text in sections.values())
        parts = [f"<!-- {name} -->\n{text.strip()}\n" for name, text in sections.items()]
        summary = f"**{held} of {len(sections)} claims held.**\n"
        return "\n".join([self.introduction, summary, *parts])

    def section(self, finding: Finding) -> str:
        verdict = HELD if finding.holds else BROKEN
        evidence = markdown(finding.evidence)
        return (
            f"## {finding.claim}\n\n{verdict}. {finding.remark}\n\n{evidence}\n\n{self.machine()}"
        )

    def machine(self) -> str:
        """The date, the machine and the versions of the packages."""
        packages = ", ".join(f"{name} {version(name)}" for name in self.packages)
        return f"*{Machine.this()}; Python {platform.python_version()}, {packages}.*"


def markdown(table: Table) -> str:
    rows = [table.headers, ["---"] * len(table.headers), *table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
