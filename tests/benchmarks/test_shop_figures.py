"""The figures about the shop's speed in short form: that they are computed correctly, not their
values."""

import os
import re
import sys
import time
from collections import Counter
from contextlib import nullcontext
from decimal import Decimal
from math import inf
from pathlib import Path

import pytest

from app.lab.load import Ratio, Request, Target
from app.lab.load.ceiling import null_server
from app.lab.load.cost import Cost
from app.lab.load.figures import ladder_table
from app.lab.serving.ladder import ladder as climb
from app.lab.serving.process_memory import INTERVAL, PeakMemory
from app.shop import create_app
from app.shop.settings import Settings
from benchmarks.common.finding import Finding
from benchmarks.shop.figures import (
    at_rest,
    bulk,
    cached,
    export,
    export_memory,
    ladder,
    start_up,
    uncached,
)
from benchmarks.shop.one_of_each import request_one_of_each
from benchmarks.shop.products import COLUMNS, products, records
from benchmarks.shop.scale import Scale
from benchmarks.shop.single_requests import compare_single_requests
from benchmarks.shop.start import STANDARD, import_seconds
from benchmarks.shop.wording import all_at_least

SHORT = Scale(
    seconds=0.4,
    exports=2,
    country="Iceland",
    pairs=2,
    products=50,
    starts=1,
    rest=0.0,
    ladder=0.4,
)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("COURSE_SHORT", "1")
    monkeypatch.setattr("benchmarks.shop.data.POOL", 3)  # other tests use the same PostgreSQL
    monkeypatch.setattr(Cost, "client_bound", False)  # on a busy machine, any arm may be
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):  # dozens of processes would compile everything
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
        bytecode = request.config.cache.mkdir("bytecode")
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(bytecode))


def column(finding: Finding, header: str) -> list[str]:
    return [row[list(finding.evidence.headers).index(header)] for row in finding.evidence.rows]


def numbers(finding: Finding, header: str) -> list[float]:
    return [float(cell.replace(",", "")) for cell in column(finding, header)]


def assert_well_formed(finding: Finding, *headers: str) -> None:
    """Every row is complete, and those columns are positive numbers: an arm that fails or answers
    differently would be called invalid instead, and the remark would say why."""
    assert all(len(row) == len(finding.evidence.headers) for row in finding.evidence.rows), (
        finding.evidence
    )
    assert "“" not in finding.remark, finding.remark
    for header in headers:
        assert min(numbers(finding, header)) > 0, finding.evidence


@pytest.mark.slow
async def test_uncached_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    mix = {"both": (*uncached.product_requests(5), Request(uncached.ORDERS))}
    monkeypatch.setattr(uncached, "READS", mix)
    finding = await uncached.run(SHORT)
    assert_well_formed(finding, "requests/s", "the shop vs this")
    assert column(finding, "answered by") == list(uncached.ARMS)


async def test_an_answer_that_differs_from_the_shops_has_no_ratio() -> None:
    with null_server(30) as one, null_server(31) as other:
        found = await uncached.compare_reads({"shop": one, "bare": other}, uncached.ORDERS, 0.2)
    assert uncached.shop_over(found) == {"bare": None}
    assert not all_at_least(uncached.shop_over(found).values(), 0.0)


@pytest.mark.slow
async def test_cached_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(cached.READS, cached.MANY)
    finding = await cached.run(SHORT)
    assert_well_formed(finding, "requests/s", "vs FastAPI")
    assert column(finding, "answered by")[:2] == [cached.PLAIN, cached.MEMORY]


@pytest.mark.slow
async def test_exports() -> None:
    finding = await export.run(SHORT)
    assert_well_formed(finding, "rows/s", "vs COPY")
    assert Counter(column(finding, "by")) == {"COPY": 3, "identity": 3, "gzip": 3}
    assert "differ" not in finding.remark
    assert "With gzip" not in finding.remark
    assert "COPY writes" not in finding.remark


@pytest.mark.slow
async def test_memory_of_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_memory, "precompiled", nullcontext)
    monkeypatch.setattr(export_memory, "FORMS", ("csv",))
    monkeypatch.setattr(export_memory, "ENCODINGS", ("gzip",))
    finding = await export_memory.run(SHORT)
    assert_well_formed(finding, "idle, MB", "peak, MB")
    assert "failed" not in finding.remark


def test_memory_allocated_for_a_moment_shows_in_the_peak() -> None:
    with PeakMemory(os.getpid()) as baseline:
        pass
    with PeakMemory(os.getpid()) as peak:
        allocated = bytearray(b"x") * 50_000_000
        if sys.platform != "linux":  # sampled only
            time.sleep(10 * INTERVAL)
        del allocated
    assert peak.bytes > baseline.bytes + 40_000_000


@pytest.mark.slow
async def test_bulk_inserts() -> None:
    finding = await bulk.run(SHORT)
    assert_well_formed(finding, "products/s", "vs COPY")
    assert "Products inserted" not in finding.remark


def test_products_and_records_are_the_same() -> None:
    as_json = sorted(
        (row["sku"], row["name"], row["description"], Decimal(row["price"]), row["category_id"])
        for row in products(300)
    )
    assert records(300) == as_json
    assert tuple(products(1)[0]) == COLUMNS


@pytest.mark.slow
async def test_memory_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Including that one request of each kind means every method of every path."""
    requested: list[tuple[str, str]] = []

    async def record(url: str, country: str | None) -> list[tuple[str, str]]:
        requested.extend(await request_one_of_each(url, country))
        return requested

    monkeypatch.setattr(at_rest, "precompiled", nullcontext)
    monkeypatch.setattr(at_rest, "request_one_of_each", record)
    finding = await at_rest.run(SHORT)
    assert_well_formed(finding, "resident (RSS), MB", "unique (USS), MB")
    rss, uss = numbers(finding, "resident (RSS), MB"), numbers(finding, "unique (USS), MB")
    assert all(u < r for u, r in zip(uss, rss, strict=True))
    for path, operations in create_app(Settings()).openapi()["paths"].items():
        pattern = re.compile(re.sub(r"{\w+}", r"\\d+", path))
        methods = {method.lower() for method, known in requested if pattern.fullmatch(known)}
        assert methods >= set(operations), path


@pytest.mark.slow
async def test_start_up() -> None:
    finding = await start_up.run(SHORT)
    assert_well_formed(finding)
    total, python, *others = numbers(finding, "seconds")
    assert total > python > 0
    assert len(others) == 4 + start_up.TOP


def test_imports_are_summed_by_package() -> None:
    log = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |   fastapi.routing
import time:       300 |        400 | fastapi
import time:        50 |         50 |     json.decoder
import time:         1 |         51 |   asyncio
something else
"""
    assert import_seconds(log) == {"fastapi": 0.0004, STANDARD: 0.000051}


async def test_each_arm_gets_one_request_per_round() -> None:
    with null_server() as one, null_server() as other:
        found = await compare_single_requests(
            {"a": Target(one, (Request("/"),)), "b": Target(other, (Request("/"),))}, 7
        )
    assert found.rounds == 7
    assert [m.requests for m in found.measurements.values()] == [7, 7]


@pytest.mark.parametrize(
    ("ratio", "holds"),
    [(Ratio(0.7, 0.6, 0.8), True), (Ratio(0.7, 0.59, 0.8), False), (Ratio(9, 0.0, inf), False)],
)
def test_a_claim_holds_only_for_a_whole_interval(ratio: Ratio, holds: bool) -> None:
    assert all_at_least([Ratio(1, 1, 1), ratio], 0.6) is holds
    assert not all_at_least([ratio, None], 0.6)


@pytest.mark.slow
async def test_first_draft_and_finished_shop() -> None:
    finding = await ladder.run(SHORT)
    assert column(finding, "the shop") == ["first draft", "after streaming"]
    assert all(number > 0 for number in numbers(finding, "requests/s"))
    draft, finished = numbers(finding, "statements")
    assert draft > 3 * finished


@pytest.mark.slow
async def test_the_ladder_is_saved_for_the_readme(tmp_path: Path) -> None:
    ladder.save_for_readme(tmp_path, await climb(("start_here", "streaming"), seconds=0.4))
    table = ladder_table(tmp_path)
    assert table is not None
    assert "| first draft |" in table
    assert (tmp_path / "docs/figures/ladder.png").stat().st_size > 10_000
