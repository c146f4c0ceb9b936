"""The comparison as tables and notes."""

from typing import TYPE_CHECKING

from app.lab.display.table import Table
from app.lab.load.schedule import short
from app.lab.load.statistics import times
from app.lab.load.wording import UNKNOWN, decimals, number
from app.lab.tools.frameworks.jobs import JOBS, Access, Job

if TYPE_CHECKING:
    from app.lab.tools.frameworks.result import Results
    from app.lab.tools.frameworks.rows import Row

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


def summary(results: "Results") -> Table:
    headers = ["", "the article", *(header for header, _, _ in columns()), "lines of code"]
    rows = []
    for framework in results.frameworks:
        cells = [
            _rate(results.row(framework.slug, job.slug, access)) for _, job, access in columns()
        ]
        own = [framework.title, f"{framework.article:,}", *cells]
        rows.append([*own, f"{results.lines[framework.slug]:,}"])
    for missing in results.missing:
        unknown = [UNKNOWN] * (len(headers) - 2)
        rows.append([missing.framework.title, f"{missing.framework.article:,}", *unknown])
    caption = (
        "Requests per second, each framework in one process on one core, with "
        f"{results.connections} client connections and {results.pool} to PostgreSQL. Usual: the "
        "data access usual in its community. Fastest: PostgreSQL writes the JSON, with the same "
        f"statement for all. {results.machine}."
    )
    return Table(headers, rows, caption)


def details(results: "Results") -> list[tuple[str, Table]]:
    return [
        (
            title(result.job, result.processes),
            _detail(results.of(result.job.slug, result.processes)),
        )
        for result in results.measured
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


def notes(results: "Results") -> list[str]:
    notes = [
        *(["Measured in short mode: too short to mean anything."] if short() else []),
        "rps: requests per second. “FastAPI”: its rps as a multiple of the row's, with its fastest "
        "data access if there are two. p99 with “~”: from fewer than 10,000 requests. CPU: time of "
        "the server's processes per request, without PostgreSQL's. MB: of all its processes.",
        "SQL: statements per request, and in brackets its round trips to PostgreSQL, counted by a "
        "proxy in front of PostgreSQL.",
        "Lines of code: without blank lines, comments, docstrings and the two SQL statements that "
        "all share; with the models and schemas that are imported.",
        *(
            f"{framework.title}, on {framework.server}. Usual: {framework.usual}. Fastest: "
            f"{framework.fastest}."
            for framework in results.frameworks
        ),
        *_generator(results),
        *_versions(results),
        *(f"{m.framework.title} was not measured. {m.remedy}" for m in results.missing),
        *(
            f"{slug} ({job}, {access}) was not measured: {difference}."
            for (slug, job, access), difference in results.wrong.items()
        ),
    ]
    for row in results.rows:
        notes += [
            f"{row.framework.title}, {title(row.job, row.processes)}: {problem}."
            for problem in row.problems
        ]
    return notes


def _generator(results: "Results") -> list[str]:
    notes = []
    for several, where in ((False, "one process"), (True, "several processes")):
        shares = [
            row.measurement.cost.client_share
            for row in results.rows
            if (row.processes > 1) is several
        ]
        if shares:
            notes.append(
                f"The load generator ran on the same machine and used {min(shares):.0%} to "
                f"{max(shares):.0%} of a core ({where})."
            )
    ratios = {
        result.slug: result.rps / row.rps.ratio
        for result in results.wrk
        if (row := results.row(result.slug, "constant")) is not None
    }
    if ratios:
        listed = ", ".join(f"{slug} {ratio:.2f}" for slug, ratio in ratios.items())
        notes.append(f"wrk's rates for the constant job, over our load generator's: {listed}.")
    return notes


def _versions(results: "Results") -> list[str]:
    merged: dict[str, str] = {}
    for versions in results.versions.values():
        merged |= versions
    return ["; ".join(f"{name} {version}" for name, version in merged.items()) + "."]
