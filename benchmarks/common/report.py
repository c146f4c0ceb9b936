"""The findings as a page of Markdown, with the machine they were made on."""

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
    """One page, which is kept at ``path``."""

    path: Path
    introduction: str
    packages: tuple[str, ...]
    """Those whose versions are told with the machine."""

    def write(self, findings: Mapping[str, Finding]) -> None:
        """Put ``findings`` in the place of what the page says of them."""
        earlier = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        self.path.write_text(self.page(findings, earlier), encoding="utf-8")

    def page(self, findings: Mapping[str, Finding], earlier: str = "") -> str:
        """``findings`` by the benchmarks' names, in order. What ``earlier``, a page, says of others
        stays as it was found then."""
        known = dict(_SECTION.findall(earlier))
        known |= {name: self.section(finding) for name, finding in findings.items()}
        met = sum(text.split("\n\n")[1].startswith(HELD) for text in known.values())
        parts = [f"<!-- {name} -->\n{text.strip()}\n" for name, text in known.items()]
        return "\n".join([self.introduction, f"**{met} of {len(known)} claims held.**\n", *parts])

    def section(self, finding: Finding) -> str:
        verdict = HELD if finding.met else BROKEN
        told = f"{verdict}. {finding.remark}\n\n{markdown(finding.seen)}\n\n{self.machine()}"
        return f"## {finding.claim}\n\n{told}"

    def machine(self) -> str:
        """When and where."""
        packages = ", ".join(f"{name} {version(name)}" for name in self.packages)
        return f"*{Machine.this()}; Python {platform.python_version()}, {packages}.*"


def markdown(table: Table) -> str:
    rows = [table.headers, ["---"] * len(table.headers), *table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
