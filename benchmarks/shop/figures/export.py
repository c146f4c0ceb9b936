"""Exports, against the driver's COPY of the same query, which discards what it reads."""

import asyncio
import gzip
import json

import asyncpg

from app.lab.load import Comparison, Target
from app.shop.export.forms import FORMS
from benchmarks.common.app_server import app_servers
from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import leased
from benchmarks.shop.exports import ENCODINGS, GZIP, IDENTITY, copy_request, export_request
from benchmarks.shop.fetching import fetch_body
from benchmarks.shop.scale import Scale
from benchmarks.shop.single_requests import compare_single_requests
from benchmarks.shop.wording import all_at_least, problems_text, ratio_cells

MIN_RATIO = 0.5
COMPARED = "Germany"
"""The country whose rows are compared one by one."""
SHOP, COPY = "shop", "COPY"
APPS = {
    SHOP: "benchmarks.shop.arms.shops:in_memory",
    COPY: "benchmarks.shop.arms.copying:copying",
}
_ROWS = """
    SELECT count(*) FROM order_lines AS line JOIN orders ON orders.id = line.order_id
    WHERE $1::text IS NULL OR orders.country = $1
"""


async def run(scale: Scale) -> Finding:
    with leased() as data, app_servers(APPS, environment=data.environment) as urls:
        rows = await count_rows(data.url, scale.country)
        wrong = await asyncio.to_thread(differences, urls, COMPARED)
        found = {form: await compare_exports(urls, form, scale) for form in FORMS}
    sizes = [form for form, comparison in found.items() if not same_size(comparison)]
    return Finding(
        claim=f"Without compression, an export in each form reaches at least {MIN_RATIO} times the "
        "rows per second of COPY through asyncpg alone.",
        holds=not wrong
        and not sizes
        and all_at_least((comparison.ratios[IDENTITY] for comparison in found.values()), MIN_RATIO),
        evidence=table(
            ["form", "by", "rows/s", "MB sent", "server CPU, ms", "vs COPY", "95 % interval"],
            *(row for form in FORMS for row in _rows(form, found[form], rows)),
        ),
        remark=f"{rows:,} rows, {scale.exports} interleaved exports of each kind, {data.servers}. "
        "COPY executes the same query and passes the data to a function that counts bytes. The "
        "shop's response goes to a client in another process, which counts them."
        + "".join(f" {difference}" for difference in wrong)
        + "".join(f" The sizes of {form} differ." for form in sizes)
        + problems_text(found.values()),
    )


async def count_rows(url: str, country: str | None) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(_ROWS, country))
    finally:
        await connection.close()


async def compare_exports(urls: dict[str, str], form: str, scale: Scale) -> Comparison:
    arms = {COPY: Target(urls[COPY], (copy_request(form, scale.country),))}
    for encoding in ENCODINGS:
        arms[encoding] = Target(urls[SHOP], (export_request(form, scale.country, encoding),))
    return await compare_single_requests(arms, scale.exports)


def differences(urls: dict[str, str], country: str) -> list[str]:
    """How the exports of one country differ, as sentences; blocking."""
    sentences = []
    for name, form in FORMS.items():
        plain = fetch_body(urls[SHOP], export_request(name, country))
        unzipped = gzip.decompress(fetch_body(urls[SHOP], export_request(name, country, GZIP)))
        copied = json.loads(fetch_body(urls[COPY], copy_request(name, country)))
        if sorted(_lines(plain)) != sorted(_lines(unzipped)):
            sentences.append(f"With gzip, {name} has different rows.")
        if len(plain) != copied + len(form.closing):
            sentences.append(
                f"COPY writes {copied:,} bytes for {name}, but the shop sends {len(plain):,}."
            )
    return sentences


def _lines(body: bytes) -> list[bytes]:
    """The rows, without JSON's separators."""
    return [line.strip(b",[]") for line in body.splitlines()]


def same_size(comparison: Comparison) -> bool:
    """Whether all plain exports had the same length to the byte, as a mean per window."""
    windows = comparison.measurements[IDENTITY].windows
    return len({window.body_bytes / max(window.requests, 1) for window in windows}) == 1


def _rows(form: str, comparison: Comparison, rows: int) -> list[list[str]]:
    table_rows = []
    for arm, measurement in comparison.measurements.items():
        sent = "" if arm == COPY else f"{measurement.mean_body / 1e6:.1f}"
        ratio = ["1", ""] if arm == COPY else ratio_cells(comparison.ratios[arm])
        cpu_ms = (measurement.cost.server_cpu_per_request or 0) * 1e3
        rate = f"{rows * measurement.rps:,.0f}"
        table_rows.append([form, arm, rate, sent, f"{cpu_ms:,.0f}", *ratio])
    return table_rows
