"""The figures of the shop's speed in a short form: that they are made right, not what they say."""

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
from app.lab.load.figures import ladder_table
from app.lab.serving.ladder import ladder as climb
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
from benchmarks.shop.memory import INTERVAL, Peak
from benchmarks.shop.one_of_each import ask_one_of_each
from benchmarks.shop.products import COLUMNS, products, records
from benchmarks.shop.scale import Scale
from benchmarks.shop.start import STANDARD, shares
from benchmarks.shop.turns import in_turn
from benchmarks.shop.wording import shown

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
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):  # dozens of processes would compile all anew
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
        kept = request.config.cache.mkdir("bytecode")
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(kept))


def column(finding: Finding, header: str) -> list[str]:
    return [row[list(finding.seen.headers).index(header)] for row in finding.seen.rows]


def numbers(finding: Finding, header: str) -> list[float]:
    return [float(cell.replace(",", "")) for cell in column(finding, header)]


def assert_well_formed(finding: Finding, *headers: str) -> None:
    """Every row is whole, and those columns are numbers above zero: an arm that fails, or that
    answers something else, is called invalid instead, and why stands in the remark."""
    assert all(len(row) == len(finding.seen.headers) for row in finding.seen.rows), finding.seen
    assert "“" not in finding.remark, finding.remark
    for header in headers:
        assert min(numbers(finding, header)) > 0, finding.seen


@pytest.mark.slow
async def test_uncached_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    mix = {"both": (*uncached.product_requests(5), Request(uncached.ORDERS))}
    monkeypatch.setattr(uncached, "READS", mix)
    finding = await uncached.run(SHORT)
    assert_well_formed(finding, "requests/s", "the shop, times that")
    assert column(finding, "answered by") == list(uncached.ARMS)


async def test_another_answer_than_the_shops_has_no_ratio() -> None:
    with null_server(30) as one, null_server(31) as other:
        found = await uncached.compare_reads({"shop": one, "bare": other}, uncached.ORDERS, 0.2)
    assert uncached.shop_over(found) == {"bare": None}
    assert not shown(uncached.shop_over(found).values(), 0.0)


@pytest.mark.slow
async def test_cached_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(cached.READS, cached.MANY)
    finding = await cached.run(SHORT)
    assert_well_formed(finding, "requests/s", "times FastAPI")
    assert column(finding, "answered by")[:2] == [cached.PLAIN, cached.MEMORY]


@pytest.mark.slow
async def test_exports() -> None:
    finding = await export.run(SHORT)
    assert_well_formed(finding, "rows/s", "times COPY")
    assert Counter(column(finding, "by")) == {"COPY": 3, "identity": 3, "gzip": 3}
    assert "differ" not in finding.remark
    assert "With gzip" not in finding.remark
    assert "COPY writes" not in finding.remark


@pytest.mark.slow
async def test_memory_of_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_memory, "compiled", nullcontext)
    monkeypatch.setattr(export_memory, "FORMS", ("csv",))
    monkeypatch.setattr(export_memory, "ENCODINGS", ("gzip",))
    finding = await export_memory.run(SHORT)
    assert_well_formed(finding, "idle, MB", "peak, MB")
    assert "failed" not in finding.remark


def test_memory_that_was_had_for_a_moment_is_seen() -> None:
    with Peak(os.getpid()) as nothing:
        pass
    with Peak(os.getpid()) as peak:
        had = bytearray(b"x") * 50_000_000
        if sys.platform != "linux":  # looked at, not counted
            time.sleep(10 * INTERVAL)
        del had
    assert peak.bytes > nothing.bytes + 40_000_000


@pytest.mark.slow
async def test_bulk_inserts() -> None:
    finding = await bulk.run(SHORT)
    assert_well_formed(finding, "products/s", "times COPY")
    assert "Products added" not in finding.remark


def test_products_and_records_are_the_same() -> None:
    as_json = sorted(
        (row["sku"], row["name"], row["description"], Decimal(row["price"]), row["category_id"])
        for row in products(300)
    )
    assert records(300) == as_json
    assert tuple(products(1)[0]) == COLUMNS


@pytest.mark.slow
async def test_memory_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """After one request of each kind: of every method of every path."""
    asked: list[tuple[str, str]] = []

    async def note(url: str, country: str | None) -> list[tuple[str, str]]:
        asked.extend(await ask_one_of_each(url, country))
        return asked

    monkeypatch.setattr(at_rest, "compiled", nullcontext)
    monkeypatch.setattr(at_rest, "ask_one_of_each", note)
    finding = await at_rest.run(SHORT)
    assert_well_formed(finding, "resident (RSS), MB", "its own (USS), MB")
    resident, own = numbers(finding, "resident (RSS), MB"), numbers(finding, "its own (USS), MB")
    assert all(o < r for o, r in zip(own, resident, strict=True))
    for path, operations in create_app(Settings()).openapi()["paths"].items():
        pattern = re.compile(re.sub(r"{\w+}", r"\\d+", path))
        methods = {method.lower() for method, known in asked if pattern.fullmatch(known)}
        assert methods >= set(operations), path


@pytest.mark.slow
async def test_start_up() -> None:
    finding = await start_up.run(SHORT)
    assert_well_formed(finding)
    whole, python, *others = numbers(finding, "seconds")
    assert whole > python > 0
    assert len(others) == 4 + start_up.TOP


def test_imports_are_summed_by_package() -> None:
    told = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |   fastapi.routing
import time:       300 |        400 | fastapi
import time:        50 |         50 |     json.decoder
import time:         1 |         51 |   asyncio
something else
"""
    assert shares(told) == {"fastapi": 0.0004, STANDARD: 0.000051}


async def test_as_many_turns_as_asked_for_one_request_each() -> None:
    with null_server() as one, null_server() as other:
        found = await in_turn(
            {"a": Target(one, (Request("/"),)), "b": Target(other, (Request("/"),))}, 7
        )
    assert found.rounds == 7
    assert [seen.requests for seen in found.measurements.values()] == [7, 7]


@pytest.mark.parametrize(
    ("ratio", "holds"),
    [(Ratio(0.7, 0.6, 0.8), True), (Ratio(0.7, 0.59, 0.8), False), (Ratio(9, 0.0, inf), False)],
)
def test_a_claim_holds_with_its_whole_interval(ratio: Ratio, holds: bool) -> None:
    assert shown([Ratio(1, 1, 1), ratio], 0.6) is holds
    assert not shown([ratio, None], 0.6)


@pytest.mark.slow
async def test_first_draft_and_finished_shop() -> None:
    finding = await ladder.run(SHORT)
    assert column(finding, "the shop") == ["first draft", "after streaming"]
    assert all(number > 0 for number in numbers(finding, "requests/s"))
    draft, finished = numbers(finding, "statements")
    assert draft > 3 * finished


@pytest.mark.slow
async def test_the_ladder_is_kept_for_the_readme(tmp_path: Path) -> None:
    ladder.keep_for_readme(tmp_path, await climb(("start_here", "streaming"), seconds=0.4))
    table = ladder_table(tmp_path)
    assert table is not None
    assert "| first draft |" in table
    assert (tmp_path / "docs/figures/ladder.png").stat().st_size > 10_000
