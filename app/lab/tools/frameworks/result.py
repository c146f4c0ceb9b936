"""The results of a comparison of frameworks, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.lab.load.machine import Machine
from app.lab.load.statistics import Ratio, log_ratio_interval
from app.lab.tools.frameworks.answers import Answer, Key
from app.lab.tools.frameworks.framework import Framework, Missing
from app.lab.tools.frameworks.jobs import Access
from app.lab.tools.frameworks.pydantic_versions import PydanticComparison
from app.lab.tools.frameworks.rows import JobResult, Row, WrkResult, ratio_of


@dataclass(frozen=True)
class Results:
    """The results of all frameworks that could run."""

    frameworks: tuple[Framework, ...]
    versions: Mapping[str, Mapping[str, str]]
    """By framework slug; PostgreSQL's under ``postgresql``."""
    missing: tuple[Missing, ...]
    answers: Mapping[Key, Answer]
    wrong: Mapping[Key, str]
    """Answers that differ from the others, which were not measured."""
    measured: tuple[JobResult, ...]
    wrk: tuple[WrkResult, ...]
    lines: Mapping[str, int]
    pydantic: PydanticComparison
    machine: Machine
    connections: int
    pool: int

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for result in self.measured for row in self._rows(result))

    def _rows(self, result: JobResult) -> Iterator[Row]:
        by_slug = {framework.slug: framework for framework in self.frameworks}
        comparison = result.comparison
        for arm in result.arms:
            measurement = comparison.measurements[arm.name]
            ratio = comparison.ratios.get(arm.name)
            rates = [window.rps for window in measurement.windows if window.requests]
            yield Row(
                result.job,
                result.processes,
                by_slug[arm.slug],
                arm.access,
                log_ratio_interval([1.0] * len(rates), rates),
                ratio.inverse() if ratio and result.arms[0].slug == "fastapi" else None,
                self.answers[arm.slug, result.job.slug, arm.access],
                measurement,
                comparison.problems.get(arm.name, ()),
            )

    def row(
        self, framework: str, job: str, access: Access = "usual", processes: int = 1
    ) -> Row | None:
        """The row with these slugs; ``None`` if it was not measured."""
        key = (framework, job, access, processes)
        for row in self.rows:
            if (row.framework.slug, row.job.slug, row.access, row.processes) == key:
                return row
        return None

    def of(self, job: str, processes: int = 1) -> list[Row]:
        """All rows of one job."""
        return [row for row in self.rows if row.job.slug == job and row.processes == processes]

    def ratio(
        self, framework: str, job: str, access: Access = "usual", processes: int = 1
    ) -> Ratio | None:
        """Its requests per second over FastAPI's at the same job, with the 95 % interval."""
        return ratio_of(
            self.row(framework, job, access, processes), self.row("fastapi", job, access, processes)
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine.to_json(),
            "versions": {name: dict(versions) for name, versions in self.versions.items()},
            "connections": self.connections,
            "pool": self.pool,
            "article_rps": {f.slug: f.article for f in self.frameworks},
            "lines": dict(self.lines),
            "rows": [row.to_json() for row in self.rows],
            "wrk_constant_rps": {result.slug: result.rps for result in self.wrk},
            "missing": {missing.framework.slug: missing.remedy for missing in self.missing},
            "wrong": {", ".join(key): difference for key, difference in self.wrong.items()},
            "pydantic": self.pydantic.to_json(),
        }
