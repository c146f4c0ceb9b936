"""What a comparison of frameworks found, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.lab.frameworks.answers import Answer, Key
from app.lab.frameworks.framework import Framework, Missing
from app.lab.frameworks.jobs import Access
from app.lab.frameworks.pydantic_versions import PydanticComparison
from app.lab.frameworks.rows import Measured, Row, Wrk, ratio_of
from app.lab.load.machine import Machine
from app.lab.load.statistics import Ratio, log_ratio_interval


@dataclass(frozen=True)
class Results:
    """The five, or those that could run."""

    frameworks: tuple[Framework, ...]
    versions: Mapping[str, Mapping[str, str]]
    """By framework; ``postgresql`` has PostgreSQL's."""
    missing: tuple[Missing, ...]
    answers: Mapping[Key, Answer]
    wrong: Mapping[Key, str]
    """Who did not answer like the others, and was not measured at that."""
    measured: tuple[Measured, ...]
    wrk: tuple[Wrk, ...]
    lines: Mapping[str, int]
    pydantic: PydanticComparison
    machine: Machine
    connections: int
    pool: int

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for measured in self.measured for row in self._rows(measured))

    def _rows(self, measured: Measured) -> Iterator[Row]:
        by_slug = {framework.slug: framework for framework in self.frameworks}
        found = measured.comparison
        for arm in measured.arms:
            measurement = found.measurements[arm.name]
            ratio = found.ratios.get(arm.name)
            rates = [window.rps for window in measurement.windows if window.requests]
            yield Row(
                measured.job,
                measured.processes,
                by_slug[arm.slug],
                arm.access,
                log_ratio_interval([1.0] * len(rates), rates),
                ratio.inverse() if ratio and measured.arms[0].slug == "fastapi" else None,
                self.answers[arm.slug, measured.job.slug, arm.access],
                measurement,
                found.problems.get(arm.name, ()),
            )

    def row(
        self, framework: str, job: str, access: Access = "usual", processes: int = 1
    ) -> Row | None:
        """The one of these, by slugs; ``None`` where it was not measured."""
        wanted = (framework, job, access, processes)
        for row in self.rows:
            if (row.framework.slug, row.job.slug, row.access, row.processes) == wanted:
                return row
        return None

    def of(self, job: str, processes: int = 1) -> list[Row]:
        """All rows of one job."""
        return [row for row in self.rows if row.job.slug == job and row.processes == processes]

    def ratio(
        self, framework: str, job: str, access: Access = "usual", processes: int = 1
    ) -> Ratio | None:
        """Its requests per second over FastAPI's at the same, with the 95 % interval."""
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
            "wrk_constant_rps": {one.slug: one.rps for one in self.wrk},
            "missing": {one.framework.slug: one.remedy for one in self.missing},
            "wrong": {", ".join(key): why for key, why in self.wrong.items()},
            "pydantic": self.pydantic.to_json(),
        }
