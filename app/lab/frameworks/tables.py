"""The comparison as tables and sentences."""

from typing import TYPE_CHECKING

from app.lab.display.table import Table
from app.lab.frameworks.jobs import JOBS, Access, Job
from app.lab.load.schedule import short
from app.lab.load.statistics import times
from app.lab.load.wording import UNKNOWN, decimals, number

if TYPE_CHECKING:
    from app.lab.frameworks.result import Results
    from app.lab.frameworks.rows import Row

SHORT_TITLES = {
    "constant": "constant",
    "product": "product",
    "orders": "20 orders",
    "echo": "20 fields",
}
ENOUGH_FOR_P99 = 10_000


def columns() -> list[tuple[str, Job, Access]]:
    """Header, job and access of each column of the summary."""
    return [
        (
            SHORT_TITLES[job.slug] + (f", {access}" if job.reads else ""),
            job,
            access,
        )
        for job in JOBS
        for access in job.accesses
    ]


def summary(found: "Results") -> Table:
    headers = ["", "the article", *(header for header, _, _ in columns()), "lines of code"]
    rows = []
    for framework in found.frameworks:
        cells = [_rate(found.row(framework.slug, job.slug, access)) for _, job, access in columns()]
        own = [framework.title, f"{framework.article:,}", *cells]
        rows.append([*own, f"{found.lines[framework.slug]:,}"])
    for missing in found.missing:
        unknown = [UNKNOWN] * (len(headers) - 2)
        rows.append([missing.framework.title, f"{missing.framework.article:,}", *unknown])
    caption = (
        "Requests per second, each framework in one process on one core, with "
        f"{found.connections} connections and {found.pool} to PostgreSQL. Usual: its community's "
        "usual data access. Fastest: PostgreSQL writes the JSON, the same statement for all. "
        f"{found.machine}."
    )
    return Table(headers, rows, caption)


def details(found: "Results") -> list[tuple[str, Table]]:
    return [
        (
            title(measured.job, measured.processes),
            _detail(found.of(measured.job.slug, measured.processes)),
        )
        for measured in found.measured
    ]


def title(job: Job, processes: int) -> str:
    where = "one process on one core" if processes == 1 else f"{processes} processes"
    return f"{job.title[0].upper()}{job.title[1:]}: {where}"


def _detail(rows: "list[Row]") -> Table:
    reads = rows[0].job.reads
    headers = [
        "",
        "rps",
        "95 % interval",
        "FastAPI",
        "p50, ms",
        "p99, ms",
        "CPU, µs",
        "MB",
        *(["SQL"] if reads else []),
        "errors",
    ]
    cells = [
        [
            row.framework.title + (f", {row.access}" if reads else ""),
            f"{row.rps.ratio:,.0f}",
            _interval(row),
            times(row.times.ratio) if row.times else ("invalid" if row.problems else UNKNOWN),
            decimals(row.p50_ms, 2),
            _p99(row),
            decimals(row.cpu_us, 0),
            decimals(row.memory_mb, 0),
            *([f"{number(row.statements)} ({number(row.round_trips)})"] if reads else []),
            f"{row.errors:,}",
        ]
        for row in sorted(rows, key=lambda row: -row.rps.ratio)
    ]
    return Table(headers, cells)


def _interval(row: "Row") -> str:
    return f"{row.rps.low:,.0f}–{row.rps.high:,.0f}" if row.has_interval else UNKNOWN


def _rate(row: "Row | None") -> str:
    return UNKNOWN if row is None else f"{row.rps.ratio:,.0f}"


def _p99(row: "Row") -> str:
    if row.p99_ms is None:
        return UNKNOWN
    about = "" if row.measurement.latencies.total >= ENOUGH_FOR_P99 else "~"
    return f"{about}{row.p99_ms:,.1f}"


def notes(found: "Results") -> list[str]:
    told = [
        *(["Measured in the short mode: too short to say anything."] if short() else []),
        "rps: requests per second. “FastAPI”: its rps as a multiple of the row's, with its fastest "
        "data access where there are two. p99 with “~”: of fewer than 10,000 requests. CPU: of the "
        "server's processes for one request; PostgreSQL's is not in it. MB: of all its processes.",
        "SQL: statements of one request, and in brackets how often the server waited for "
        "PostgreSQL; a proxy before PostgreSQL counts them.",
        "Lines of code: neither blank nor only comment or docstring, with the models and schemas "
        "that are imported; without the two SQL statements that all share.",
        *(
            f"{framework.title}, on {framework.server}. Usual: {framework.usual}. Fastest: "
            f"{framework.fastest}."
            for framework in found.frameworks
        ),
        *_generator(found),
        *_versions(found),
        *(f"{one.framework.title} was not measured. {one.remedy}" for one in found.missing),
        *(
            f"{slug} ({job}, {access}) was not measured: {why}."
            for (slug, job, access), why in found.wrong.items()
        ),
    ]
    for row in found.rows:
        told += [
            f"{row.framework.title}, {title(row.job, row.processes)}: {problem}."
            for problem in row.problems
        ]
    return told


def _generator(found: "Results") -> list[str]:
    told = []
    for several, where in ((False, "one process"), (True, "several processes")):
        used = [
            row.measurement.cost.client_share
            for row in found.rows
            if (row.processes > 1) is several
        ]
        if used:
            told.append(
                f"The load generator ran on the same machine and took {min(used):.0%} to "
                f"{max(used):.0%} of a core ({where})."
            )
    ratios = {
        one.slug: one.rps / row.rps.ratio
        for one in found.wrk
        if (row := found.row(one.slug, "constant")) is not None
    }
    if ratios:
        seen = ", ".join(f"{slug} {ratio:.2f}" for slug, ratio in ratios.items())
        told.append(f"wrk on the constant job, as a multiple of the generator's own: {seen}.")
    return told


def _versions(found: "Results") -> list[str]:
    named: dict[str, str] = {}
    for versions in found.versions.values():
        named |= versions
    return ["; ".join(f"{name} {version}" for name, version in named.items()) + "."]
