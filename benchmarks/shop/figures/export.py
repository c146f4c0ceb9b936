"""Exports, beside the driver's COPY of the same query that keeps nothing of what it reads."""

import asyncio
import gzip
import json

import asyncpg

from app.lab.load import Comparison, Target
from app.shop.export.forms import FORMS
from benchmarks.common.finding import Finding, table
from benchmarks.common.served import served_together
from benchmarks.shop.answers import body_of
from benchmarks.shop.data import leased
from benchmarks.shop.exports import ENCODINGS, GZIP, IDENTITY, copy_request, export_request
from benchmarks.shop.scale import Scale
from benchmarks.shop.turns import in_turn
from benchmarks.shop.wording import ends, faults, shown

LEAST = 0.5
COMPARED = "Germany"
"""Whose rows are compared one by one."""
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
    with leased() as data, served_together(APPS, environment=data.environment) as urls:
        rows = await count_rows(data.url, scale.country)
        wrong = await asyncio.to_thread(differences, urls, COMPARED)
        found = {form: await compare_exports(urls, form, scale) for form in FORMS}
    sizes = [form for form, comparison in found.items() if not same_size(comparison)]
    return Finding(
        claim=f"Without compression, an export in each form reaches at least {LEAST} times the "
        "rows per second of COPY through asyncpg alone.",
        met=not wrong
        and not sizes
        and shown((comparison.ratios[IDENTITY] for comparison in found.values()), LEAST),
        seen=table(
            ["form", "by", "rows/s", "MB sent", "server CPU, ms", "times COPY", "95 % interval"],
            *(row for form in FORMS for row in _rows(form, found[form], rows)),
        ),
        remark=f"{rows:,} rows, {scale.exports} exports of each kind in turn, {data.servers}. COPY "
        "runs the same query and hands what it gets to a function that counts it. The shop's "
        "answer goes to a client in another process that counts it."
        + "".join(f" {fault}" for fault in wrong)
        + "".join(f" The sizes of {form} differ." for form in sizes)
        + faults(found.values()),
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
    return await in_turn(arms, scale.exports)


def differences(urls: dict[str, str], country: str) -> list[str]:
    """What the answers for one country lack or have too much, as sentences; blocking."""
    told = []
    for name, form in FORMS.items():
        plain = body_of(urls[SHOP], export_request(name, country))
        packed = gzip.decompress(body_of(urls[SHOP], export_request(name, country, GZIP)))
        written = json.loads(body_of(urls[COPY], copy_request(name, country)))
        if sorted(_lines(plain)) != sorted(_lines(packed)):
            told.append(f"With gzip {name} has other rows.")
        if len(plain) != written + len(form.closing):
            told.append(f"COPY writes {written:,} bytes for {name}, the shop sends {len(plain):,}.")
    return told


def _lines(body: bytes) -> list[bytes]:
    """The rows without what stands between them in JSON."""
    return [line.strip(b",[]") for line in body.splitlines()]


def same_size(found: Comparison) -> bool:
    """Whether every plain export was as long as each other, to the byte in the mean."""
    seen = found.measurements[IDENTITY]
    lengths = {window.body_bytes / max(window.requests, 1) for window in seen.windows}
    return len(lengths) == 1


def _rows(form: str, found: Comparison, rows: int) -> list[list[str]]:
    told = []
    for arm, seen in found.measurements.items():
        sent = "" if arm == COPY else f"{seen.mean_body / 1e6:.1f}"
        ratio = ["1", ""] if arm == COPY else ends(found.ratios[arm])
        milliseconds = (seen.cost.server_cpu_per_request or 0) * 1e3
        told.append([form, arm, f"{rows * seen.rps:,.0f}", sent, f"{milliseconds:,.0f}", *ratio])
    return told
